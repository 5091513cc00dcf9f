import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readDump } from '../../../functions/dump/read.ts';
import { restoreDump } from '../../../functions/restore/restore.ts';
import { connect } from '../../../functions/runtime/postgres.ts';
import { type Planted, startPlanted } from '../../fixtures/dumps/planted.ts';
import { pieces } from '../dump/fixtures.ts';

/** pg_dump dumps no server that is newer than itself; whoever has one often has the server of its version beside it. */
const found = tools();

type Tools = { pgDump: string; bin: string; version: string };

function tools(): Tools | { reason: string } {
  const asked = spawnSync('pg_dump', ['--version'], { encoding: 'utf8' });
  if (asked.status !== 0) return { reason: 'no pg_dump is on this machine' };
  const version = /\d+\.\d+/.exec(asked.stdout)?.[0] ?? '';
  const major = Number.parseInt(version, 10);
  const path = execFileSync('sh', ['-c', 'command -v pg_dump'], { encoding: 'utf8' }).trim();
  // Debian’s are all in a folder of their version.
  const places = [`/usr/lib/postgresql/${major}/bin`, dirname(realpathSync(path))];
  const bin = places.find((place) => ['initdb', 'postgres'].every((name) => existsSync(join(place, name))));
  if (bin === undefined) return { reason: `pg_dump ${version} is here, and no server that it could dump` };
  return { pgDump: path, bin, version };
}

const ROLE = 'restorer';
/** Owners and grants are left out of a restore, so they are left out of what is compared. */
const COMPARED = ['--no-owner', '--no-acl'];

describe.skipIf('reason' in found)('a database that is dumped, restored here and dumped again', () => {
  const { pgDump, bin, version } = found as Tools;
  let server: Planted;
  let admin: pg.Client;
  beforeAll(async () => {
    server = await startPlanted(bin);
    admin = new pg.Client({ ...server, user: 'postgres' });
    await admin.connect();
    await admin.query(`CREATE ROLE ${ROLE} LOGIN`);
  });
  afterAll(async () => {
    await admin?.end();
    await server?.stop();
  });

  function dump(database: string, options: string[]): Buffer {
    const args = ['-h', server.host, '-p', String(server.port), '-U', 'postgres', ...options, database];
    return execFileSync(pgDump, args, { maxBuffer: 2 ** 26 });
  }

  /** Every pg_dump has another random word after \restrict. */
  const text = (database: string) =>
    dump(database, COMPARED)
      .toString()
      .replaceAll(/^\\(un)?restrict .*$/gm, '\\$1restrict');

  async function restore(bytes: Buffer): Promise<string> {
    await admin.query(`DROP DATABASE IF EXISTS restored`);
    await admin.query(`CREATE DATABASE restored OWNER ${ROLE} TEMPLATE template0`);
    // As the owner of a scratch database may: its public schema is the database owner’s.
    const deadline = { remainingMs: () => 60_000, workMs: () => 60_000 };
    const login = { host: server.host, port: server.port, user: ROLE, password: 'none', dbname: 'restored' };
    const session = await connect({ database: { tls: 'off' }, login, deadline, application: 'round trip' });
    try {
      const { reached, counts, problems } = await restoreDump(session, readDump(pieces(bytes, [10_000])), {
        deadline,
        madeBy: [version],
      });
      expect([reached, { ...counts, harmless: 0 }, problems.filter((one) => one.class !== 'harmless')]).toEqual([
        'end',
        { harmless: 0, environment: 0, corruption: 0, hostile: 0 },
        [],
      ]);
    } finally {
      await session.close();
    }
    return 'restored';
  }

  it.each([
    ['plain', ['-Fp']],
    ['custom', ['-Fc']],
    ['custom, uncompressed', ['-Fc', '-Z0']],
    ['INSERTs', ['-Fp', '--inserts']],
    ['INSERTs of several rows, in an archive', ['-Fc', '--rows-per-insert=3']],
  ])('is the same: %s', async (_, options) => {
    for (const database of ['everything', 'alexander']) {
      expect(text(await restore(dump(database, options)))).toBe(text(database));
    }
  });
});

it.runIf('reason' in found)('says why no dump was made to be restored: no round trip', ({ skip }) => {
  skip((found as { reason: string }).reason);
});
