import { afterEach, describe, expect, it } from 'vitest';
import { nameOf } from '../../../functions/scratch/name.ts';
import { dropScratch, enterScratch, makeScratch, sweepScratch } from '../../../functions/scratch/scratch.ts';
import { addRole, databasesOf, ROLE, useIsolated } from './isolated.ts';

const isolated = useIsolated();

afterEach(async () => {
  for (const name of await databasesOf(isolated)) await isolated.admin.query(`DROP DATABASE "${name}" WITH (FORCE)`);
});

const refusal = (said: RegExp) => ({ name: 'RefusalError', message: expect.stringMatching(said) });
const HOUR_MS = 3_600_000;
const hoursAgo = (hours: number) => new Date(Date.now() - hours * HOUR_MS);

/** Made as a run of long ago would have made it, with the label or without. */
async function plant(asked: { hours: number; owner?: string; comment?: string; runId?: string; runbook?: string }) {
  const { hours, owner = ROLE, comment, runId = 'old', runbook = 'backup-verification' } = asked;
  const name = nameOf({ system: 'Alexander', runbook, runId }, hoursAgo(hours));
  await isolated.admin.query(`CREATE DATABASE "${name}" OWNER ${owner}`);
  if (comment !== undefined) await isolated.admin.query(`COMMENT ON DATABASE "${name}" IS '${comment}'`);
  return name;
}

describe('a scratch database', () => {
  it('F74 is labelled by name and comment, can be entered by its own role only, and is gone after its drop', async () => {
    const run = isolated.run();
    const name = await makeScratch(run);
    expect(name).toMatch(/^nightshift_scratch_backup_verifica_[0-9a-f]{6}_\d{14}_[0-9a-f]{6}$/);
    const { rows } = await isolated.admin.query(
      `SELECT shobj_description(oid, 'pg_database') AS comment, datdba::regrole::text AS owner,
        has_database_privilege('public', oid, 'CONNECT') AS open FROM pg_database WHERE datname = $1`,
      [name],
    );
    expect(rows).toEqual([{ comment: expect.stringContaining('nightshift scratch {'), owner: ROLE, open: false }]);
    const session = await enterScratch(run, name, run.deadline);
    expect(await session.query('SELECT current_database()::text AS here')).toEqual([{ here: name }]);
    // Still inside: the drop ends the session.
    expect(await dropScratch(run, name)).toMatchObject({ status: 'done' });
    await session.close();
    expect(await databasesOf(isolated)).toEqual([]);
    expect(await dropScratch(run, name)).toMatchObject({ status: 'skipped' });
  });

  it('takes the encoding that the dump needs', async () => {
    const run = isolated.run();
    const name = await makeScratch(run, { encoding: 'LATIN1' });
    const { rows } = await isolated.admin.query(
      'SELECT pg_encoding_to_char(encoding) AS is FROM pg_database WHERE datname = $1',
      [name],
    );
    expect(rows).toEqual([{ is: 'LATIN1' }]);
  });

  it('F74 that was left behind is swept, with its label and without, and a young one waits', async () => {
    const run = isolated.run();
    const withLabel = await plant({
      hours: 7,
      runId: 'a',
      comment: `nightshift scratch {"system":"Alexander","runbook":"backup-verification","runId":"a","at":"${hoursAgo(7).toISOString()}"}`,
    });
    const unlabelled = await plant({ hours: 8, runId: 'b' });
    const young = await plant({ hours: 5, runId: 'c' });
    const kept = await plant({ hours: 9, runId: 'd' });
    const { outcomes, findings } = await sweepScratch(run, kept);
    expect(outcomes.map(({ target, status }) => `${target} ${status}`).toSorted()).toEqual(
      [`scratch database ${withLabel} done`, `scratch database ${unlabelled} done`].toSorted(),
    );
    expect(findings).toEqual([]);
    expect(await databasesOf(isolated)).toEqual([young, kept].toSorted());
  });

  it('F75 is never what merely has the name: another role’s, one with a comment that is not ours, or another runbook’s', async () => {
    const run = isolated.run();
    const others = [
      await plant({ hours: 99, owner: 'postgres', runId: 'a' }),
      await plant({ hours: 99, comment: 'customers of the north', runId: 'b' }),
      await plant({ hours: 99, comment: 'nightshift scratch {"not": "ours"}', runId: 'c' }),
      await plant({ hours: 99, runbook: 'restore-drill', runId: 'd' }),
    ];
    await isolated.admin.query('CREATE DATABASE nightshift_scratch_customers');
    const { outcomes, findings } = await sweepScratch(run);
    expect(outcomes).toEqual([]);
    expect(findings.map(({ target }) => target)).toEqual(
      others
        .slice(0, 3)
        .toSorted()
        .map((name) => `scratch database ${name}`),
    );
    expect(await databasesOf(isolated)).toEqual([...others, 'nightshift_scratch_customers'].toSorted());
  });

  it('F75 is not dropped or entered by name where it is not this runbook’s own', async () => {
    const run = isolated.run();
    const foreign = await plant({ hours: 99, owner: 'postgres' });
    const drill = await plant({ hours: 99, runbook: 'restore-drill' });
    await isolated.admin.query(`GRANT CONNECT ON DATABASE "${foreign}" TO PUBLIC`);
    await expect(dropScratch(run, foreign)).rejects.toMatchObject(refusal(/not a scratch database of/));
    await expect(dropScratch(run, drill)).rejects.toMatchObject(refusal(/not a scratch database of/));
    await expect(enterScratch(run, drill, run.deadline)).rejects.toMatchObject(refusal(/not entered/));
    await expect(enterScratch(run, 'postgres', run.deadline)).rejects.toMatchObject(refusal(/not entered/));
    await expect(enterScratch(run, foreign, run.deadline)).rejects.toMatchObject(refusal(/belongs to another role/));
    expect(await databasesOf(isolated)).toEqual([foreign, drill].toSorted());
  });
});

describe('F75 a server that is production', () => {
  it.each([
    ['by its host', { hosts: ['127.0.0.1'] }, /its host 127\.0\.0\.1 is one of the source’s hosts/],
    ['by its address under another name', { hosts: ['localhost'] }, /has an address of the source, 127\.0\.0\.1/],
  ])('%s is refused before any login', async (_how, source, said) => {
    await isolated.admin.query(`ALTER ROLE ${ROLE} NOLOGIN`);
    await expect(makeScratch(isolated.run({ source }))).rejects.toMatchObject(refusal(said));
    await isolated.admin.query(`ALTER ROLE ${ROLE} LOGIN`);
    expect(await databasesOf(isolated)).toEqual([]);
  });

  it('by its host in capitals and with a dot is refused', async () => {
    const at = { host: 'localhost', port: isolated.server.port };
    const run = isolated.run({ at, source: { hosts: ['LOCALHOST.'] } });
    await expect(makeScratch(run)).rejects.toMatchObject(refusal(/its host localhost is one of the source’s hosts/));
  });

  it('by its system identifier is refused, and nothing made', async () => {
    const { rows } = await isolated.admin.query('SELECT system_identifier::text AS it FROM pg_control_system()');
    const run = isolated.run({ source: { systemIdentifier: rows[0].it } });
    await expect(makeScratch(run)).rejects.toMatchObject(refusal(/it is the source itself, or a physical copy/));
    await expect(sweepScratch(run)).rejects.toMatchObject(refusal(/it is the source itself/));
    expect(await databasesOf(isolated)).toEqual([]);
  });
});

describe('F73 a role with more power than a restore may have', () => {
  it.each([
    ['superuser', 'SUPERUSER', '', /its role superuser has SUPERUSER/],
    ['maker', 'CREATEDB CREATEROLE', '', /has CREATEROLE/],
    ['sender', 'CREATEDB REPLICATION', '', /has REPLICATION/],
    ['seer', 'CREATEDB BYPASSRLS', '', /has BYPASSRLS/],
    ['idle', 'NOCREATEDB', '', /may not create databases/],
    ...[
      'pg_execute_server_program',
      'pg_write_server_files',
      'pg_read_server_files',
      'pg_create_subscription',
      ROLE,
    ].map(
      (of, index) =>
        [`member${index}`, 'CREATEDB', `GRANT ${of} TO member${index}`, new RegExp(`a member of ${of}`)] as const,
    ),
  ] as const)('%s (%s) is refused, and nothing made', async (role, attributes, more, said) => {
    await addRole(isolated, role, attributes);
    if (more) await isolated.admin.query(more);
    await expect(makeScratch(isolated.run({ role }))).rejects.toMatchObject(refusal(said));
    expect(await databasesOf(isolated)).toEqual([]);
  });

  it('that owns a database, or a table in one, is refused', async () => {
    await addRole(isolated, 'owner', 'CREATEDB');
    await isolated.admin.query('CREATE DATABASE shop OWNER owner');
    await expect(makeScratch(isolated.run({ role: 'owner' }))).rejects.toMatchObject(
      refusal(/owns \(something in\) shop/),
    );
    await isolated.admin.query('DROP DATABASE shop; ');
    await isolated.admin.query('CREATE TABLE kept (id integer); ALTER TABLE kept OWNER TO owner');
    await expect(makeScratch(isolated.run({ role: 'owner' }))).rejects.toMatchObject(
      refusal(/owns \(something in\) postgres/),
    );
    await isolated.admin.query('DROP TABLE kept');
    const name = await makeScratch(isolated.run({ role: 'owner' }));
    // What lies in its own scratch is its to own.
    const run = isolated.run({ role: 'owner' });
    await (await enterScratch(run, name, run.deadline)).close();
  });
});
