/** The peer that most people would write: the two statements of the systems' own access review, read into memory. */
import pg from 'pg';
import { peakMb } from './peak.ts';

const client = new pg.Client({ connectionString: process.argv[2], ssl: { ca: process.env.BENCH_CA } });
await client.connect();
const all = await client.query(process.env.BENCH_LIST ?? '');
const idle = await client.query(process.env.BENCH_IDLE ?? '');
await client.end();
console.log(JSON.stringify({ examined: all.rowCount, idle: idle.rowCount, peakMb: peakMb() }));
