/** One of the programs that are measured beside each other; each in a process of its own. */
import { paginateListObjectsV2, S3Client } from '@aws-sdk/client-s3';
import pg from 'pg';
import { openObjectStore } from '../functions/object-store/object-store.ts';
import { judge } from '../functions/orphan-blob-gc/decide.ts';
import { diff, openSides } from '../functions/orphan-blob-gc/diff.ts';
import { listBlobs } from '../functions/orphan-blob-gc/listing.ts';
import { openPace } from '../functions/orphan-blob-gc/pace.ts';
import { holdSnapshot, readRows } from '../functions/orphan-blob-gc/rows.ts';
import { templateOf } from '../functions/orphan-blob-gc/template.ts';
import '../functions/runtime/memory.ts';
import { connect } from '../functions/runtime/postgres.ts';
import { hashOfNumber, manyKeys, manyMapping, manySound } from '../local/blobs/many.ts';
import { readListing } from './listing-file.ts';
import { peakMb } from './peak.ts';

const [, , peer = '', asked = '0'] = process.argv;
const count = Number(asked);
const listing = process.env.BENCH_LISTING ?? '';
const HOUR_MS = 3_600_000;

const PEERS: Record<string, () => Promise<number>> = {
  diff: runDiff,
  'anti-join': antiJoin,
  'listing alone': async () => {
    let listed = 0;
    for await (const page of readListing(listing)) listed += page.length;
    return listed;
  },
  list: async () => {
    const objects = await openObjectStore({ bucket: 'blobs', pathStyle: true });
    let listed = 0;
    for await (const page of listBlobs(objects, { prefix: '', after: '', pace: openPace(3_500) }))
      listed += page.length;
    return listed;
  },
  paginate: async () => {
    const client = new S3Client({ forcePathStyle: true });
    let listed = 0;
    for await (const page of paginateListObjectsV2({ client }, { Bucket: 'blobs', EncodingType: 'url' }))
      listed += page.Contents?.length ?? 0;
    return listed;
  },
};

async function runDiff(): Promise<number> {
  const login = JSON.parse(process.env.BENCH_LOGIN ?? '');
  const deadline = { remainingMs: () => 900_000, workMs: () => 890_000 };
  const database = { tls: 'verify-full' as const, caPem: process.env.BENCH_CA ?? '' };
  const session = await connect({ database, login: { ...login, host: 'localhost' }, deadline, application: 'bench' });
  const template = templateOf({ prefix: '', key: '{hash:0:2}/{hash:2:4}/{hash}', blobs: manyMapping.blobs });
  let orphans = 0;
  await session.transaction(async () => {
    const { databaseNowSeconds } = await holdSnapshot(session);
    const ages = { minAgeHours: 24, storeNowMs: Date.now() + 1_000 * HOUR_MS, databaseNowSeconds };
    const rows = readRows(session, { mapping: manyMapping, bytes: new Set(), sound: manySound, after: '' });
    const visitor = {
      blob: (...[row, object]: Parameters<Parameters<typeof diff>[2]['visitor']['blob']>) => {
        if (judge(row, object, ages) !== 'needed') orphans += 1;
      },
      stranger: () => {},
      pause: async () => {},
    };
    await diff(openSides({ rows, pages: readListing(listing) }), { after: '', upTo: undefined }, { template, visitor });
  });
  await session.close();
  return orphans;
}

/** Of one page, the orphans of both kinds, with what is known of them; by indexes as people have them. */
const ANTI_JOIN = `
  SELECT k.hash, b.size, b.created_at, b.ref_count
    FROM unnest($1::text[]) AS k(hash) LEFT JOIN blobs b ON b.content_hash = k.hash
   WHERE NOT EXISTS (SELECT FROM objects r WHERE r.content_hash = k.hash)
     AND NOT EXISTS (SELECT FROM multipart_parts r WHERE r.content_hash = k.hash)`;

/** What most people would write: list a page, ask the database which of these keys nothing references. It finds no row without an object. */
async function antiJoin(): Promise<number> {
  const login = JSON.parse(process.env.BENCH_LOGIN ?? '');
  const client = new pg.Client({ ...login, host: 'localhost', ssl: { ca: process.env.BENCH_CA } });
  await client.connect();
  let orphans = 0;
  for await (const page of readListing(listing)) {
    const hashes = page.map(({ key }) => key.slice(6));
    const { rowCount } = await client.query(ANTI_JOIN, [hashes]);
    orphans += rowCount ?? 0;
  }
  await client.end();
  return orphans;
}

const run = PEERS[peer];
if (run === undefined) throw new Error(`no peer ${peer}; there are ${Object.keys(PEERS).join(', ')}`);
const examined = await run();
const { user, system } = process.cpuUsage();
console.log(
  JSON.stringify({
    examined,
    first: peer === 'list' ? manyKeys(1).next().value : hashOfNumber(0, count),
    cpuSeconds: (user + system) / 1_000_000,
    peakMb: peakMb(),
  }),
);
process.exit();
