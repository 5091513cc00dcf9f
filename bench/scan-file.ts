/** Reads one dump in this process and says what that took: `node bench/scan-file.ts scan|gunzip <file>`. */
import { createReadStream } from 'node:fs';
import { createGunzip } from 'node:zlib';
import { scanDump } from '../functions/dump/scan.ts';
import { peakMb } from './peak.ts';

/** As an object of S3 arrives. */
const PIECE_BYTES = 64 * 1024;

const [what, file = ''] = process.argv.slice(2);
console.log(JSON.stringify({ ...(await (what === 'scan' ? scan() : gunzip())), peakMb: peakMb() }));

async function scan() {
  const { defect, tables } = await scanDump(createReadStream(file, { highWaterMark: PIECE_BYTES }));
  return { verdict: defect || tables.length !== 1 ? 'failed' : 'clean', because: defect?.what, tables };
}

async function gunzip() {
  let bytes = 0;
  for await (const piece of createReadStream(file).pipe(createGunzip())) bytes += piece.length;
  return { bytes };
}
