/**
 * How long a manifest of many targets takes, and how much memory: `node bench/manifest.ts [rows …]`, by default 1 and 5 million.
 * Two passes each: the first writes the ledger, the second is merged with it. The AWS stand-in has a process of its own, so
 * that the memory measured is the function's alone.
 */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { openStore } from '../functions/runtime/store.ts';
import { startStandIn } from '../local/aws/stand-in.ts';
import { lookAtAll } from '../test/trials/manifest.ts';

const BUCKET = 'bench-evidence';
const MEGABYTE = 1024 * 1024;

type Measured = { rows: number; seconds: [number, number]; peakRssMegabytes: number; ledgerMegabytes?: number };

const rowsOfChild = process.env.BENCH_ROWS;
if (rowsOfChild === undefined) await measureAll(process.argv.slice(2).map(Number));
else console.log(JSON.stringify(await measure(Number(rowsOfChild))));

async function measureAll(asked: number[]): Promise<void> {
  for (const rows of asked.length > 0 ? asked : [1_000_000, 5_000_000])
    console.log(JSON.stringify(await inChild(rows)));
}

async function inChild(rows: number): Promise<Measured> {
  const aws = await startStandIn();
  aws.createBucket(BUCKET);
  const { accessKeyId, secretAccessKey } = aws.credentialsFor('bench');
  const env = {
    ...process.env,
    AWS_ENDPOINT_URL: aws.endpoint,
    AWS_REGION: aws.region,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    BENCH_ROWS: String(rows),
  };
  try {
    const { stdout } = await promisify(execFile)(process.execPath, [import.meta.filename], { env });
    const ledger = aws.objects(BUCKET).find(({ key }) => key.startsWith('state/'));
    return { ...JSON.parse(stdout), ledgerMegabytes: Math.round((ledger?.body.length ?? 0) / MEGABYTE) };
  } finally {
    await aws.stop();
  }
}

async function measure(rows: number): Promise<Measured> {
  const store = openStore(BUCKET);
  const seconds = [
    await timed(() => lookAtAll({ store, rows, pass: 1 })),
    await timed(() => lookAtAll({ store, rows, pass: 2 })),
  ];
  // Kilobytes, as getrusage gives them.
  const peakRssMegabytes = Math.round(process.resourceUsage().maxRSS / 1024);
  return { rows, seconds: [seconds[0] ?? 0, seconds[1] ?? 0], peakRssMegabytes };
}

async function timed(act: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await act();
  return Math.round((performance.now() - began) / 100) / 10;
}
