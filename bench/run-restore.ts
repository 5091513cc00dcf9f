/** Restores one dump into the database that the environment names, and says what that took: `run-restore.ts <file>`. */
import { createReadStream } from 'node:fs';
import { readDump } from '../functions/dump/read.ts';
import { restoreDump } from '../functions/restore/restore.ts';
import { Database } from '../functions/runtime/contract.ts';
import { connect } from '../functions/runtime/postgres.ts';
import { peakMb } from './peak.ts';

/** As an object of S3 arrives. */
const PIECE_BYTES = 64 * 1024;
const DEADLINE_MS = 900_000;

async function restoreFile(path: string): Promise<void> {
  const {
    PGHOST: host = '',
    PGPORT,
    PGUSER: user = '',
    PGPASSWORD: password = '',
    CA_PEM,
    PGDATABASE = '',
  } = process.env;
  const reader = { secretArn: 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:bench-a1b2c3' };
  const deadline = { remainingMs: () => DEADLINE_MS, workMs: () => DEADLINE_MS };
  const session = await connect({
    database: Database.parse({ reader, caPem: CA_PEM }),
    login: { host, port: Number(PGPORT), user, password, dbname: PGDATABASE },
    deadline,
    application: 'nightshift bench',
  });
  await session.query('SET synchronous_commit = off');
  const items = readDump(createReadStream(path, { highWaterMark: PIECE_BYTES }));
  const { reached, counts, problems } = await restoreDump(session, items, { deadline, madeBy: [] });
  await session.close();
  const isWhole = reached === 'end' && counts.corruption + counts.environment + counts.hostile === 0;
  const because = JSON.stringify({ reached, problems });
  console.log(JSON.stringify({ verdict: isWhole ? 'clean' : 'failed', because, peakMb: peakMb() }));
}

void restoreFile(process.argv[2] ?? '');
