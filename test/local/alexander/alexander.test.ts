import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Alexander, buildAlexander, type DatabaseSecret } from '../../../local/alexander/alexander.ts';
import { insertKeys } from '../../../local/alexander/many-keys.ts';
import { plantKeys } from '../../../local/alexander/plant.ts';
import { EXEMPT_KEY, EXEMPT_OWNER, INACTIVE_OWNER, plantedKeys } from '../../../local/alexander/planted-keys.ts';
import type { KeyShape } from '../../../local/alexander/schema.ts';
import { type Postgres, startPostgres } from '../../../local/postgres/server.ts';

const DENIED = { code: '42501' };

describe.each<KeyShape>(['boolean', 'word'])('Alexander with a key table of shape %s', (shape) => {
  let server: Postgres;
  let alexander: Alexander;
  let owner: pg.Client;
  let reader: pg.Client;
  let actor: pg.Client;
  const status = shape === 'boolean' ? 'is_active' : 'status';
  const isActive = shape === 'boolean' ? 'access_keys.is_active' : `status = 'Active'`;
  const inactive = shape === 'boolean' ? 'false' : `'Inactive'`;

  const connectAs = async (config: pg.ClientConfig) => {
    const client = new pg.Client(config);
    await client.connect();
    return client;
  };
  const logIn = ({ username: user, password, host, port, dbname: database }: DatabaseSecret) =>
    connectAs({ user, password, host, port, database, ssl: { ca: server.caPem } });

  beforeAll(async () => {
    server = await startPostgres({ dataRoot: '.nightshift/test' });
    alexander = await buildAlexander({ server, shape });
    owner = await connectAs(alexander.owner);
    await plantKeys(owner, shape);
    reader = await logIn(alexander.secrets.reader);
    actor = await logIn(alexander.secrets.actor);
  });

  afterAll(async () => {
    for (const client of [owner, reader, actor]) await client?.end();
    await server?.stop();
  });

  it('gives both roles secrets in the format of RDS, with passwords of their own', () => {
    const { reader: first, actor: second } = alexander.secrets;
    expect(first).toEqual({
      username: 'nightshift_reader',
      password: expect.stringMatching(/^[0-9a-f]{48}$/),
      host: '127.0.0.1',
      port: server.port,
      dbname: 'alexander',
      engine: 'postgres',
    });
    expect(second.username).toBe('nightshift_actor');
    expect(second.password).not.toBe(first.password);
  });

  it('lets the reader, and not the actor, read what the audit looks at, joined to the owners', async () => {
    const columns = `access_key_id, user_id, access_keys.created_at, last_used_at, access_keys.${status}`;
    const expiry = shape === 'word' ? ', expires_at' : '';
    const joined = `SELECT ${columns}${expiry}, users.id, username, users.is_active AS owner_active
      FROM access_keys JOIN users ON users.id = user_id`;
    expect((await reader.query(joined)).rows).toHaveLength(plantedKeys(shape).length);
    await expect(actor.query(joined)).rejects.toMatchObject(DENIED);
  });

  it.each([
    'SELECT encrypted_secret FROM access_keys',
    'SELECT password_hash FROM users',
    'SELECT * FROM access_keys',
    'DELETE FROM access_keys',
    'UPDATE users SET is_active = false',
    'UPDATE access_keys SET last_used_at = now()',
    'TRUNCATE access_keys',
    'CREATE TABLE mine (n integer)',
    'CREATE TEMPORARY TABLE mine (n integer)',
  ])('denies both roles: %s', async (sql) => {
    await expect(reader.query(sql)).rejects.toMatchObject(DENIED);
    await expect(actor.query(sql)).rejects.toMatchObject(DENIED);
  });

  it('lets only the actor turn a key off, and read back what it did', async () => {
    const turnOff = `UPDATE access_keys SET ${status} = ${inactive} WHERE access_key_id = $1 RETURNING access_key_id`;
    await expect(reader.query(turnOff, [EXEMPT_KEY])).rejects.toMatchObject(DENIED);
    await actor.query('BEGIN');
    expect((await actor.query(turnOff, [EXEMPT_KEY])).rowCount).toBe(1);
    await actor.query('ROLLBACK');
  });

  it('plants each key with the age, the owner and the status that it is written down with', async () => {
    const { rows } = await owner.query(`
      SELECT access_key_id AS "keyId", username AS owner, ${isActive} AS active, description AS plant,
        extract(epoch FROM now() - access_keys.created_at)::float8 / 86400 AS created,
        extract(epoch FROM now() - last_used_at)::float8 / 86400 AS used
      FROM access_keys JOIN users ON users.id = user_id`);
    const found = new Map(rows.map((row) => [row.keyId, row]));
    expect(found.size).toBe(plantedKeys(shape).length);
    for (const key of plantedKeys(shape)) {
      const { plant, owner: username, createdDaysAgo, usedDaysAgo, active = true } = key;
      expect(found.get(key.keyId)).toMatchObject({ plant, owner: username, active });
      expect(found.get(key.keyId).created).toBeCloseTo(createdDaysAgo, 2);
      if (usedDaysAgo === undefined) expect(found.get(key.keyId).used).toBeNull();
      else expect(found.get(key.keyId).used).toBeCloseTo(usedDaysAgo, 2);
    }
  });

  it('turns off the account of the owner who left, and of nobody else', async () => {
    const { rows } = await owner.query('SELECT username FROM users WHERE NOT is_active');
    expect(rows).toEqual([{ username: INACTIVE_OWNER }]);
  });

  it.runIf(shape === 'word')('plants one active key past its expiry', async () => {
    const sql = `SELECT description FROM access_keys WHERE status = 'Active' AND expires_at < now()`;
    expect((await owner.query(sql)).rows).toEqual([{ description: 'expired-but-active' }]);
  });

  it('adds many keys beside the planted ones: two in a hundred idle, all of those active, three for each owner', async () => {
    await insertKeys(owner, 6_000, { shape });
    const { rows } = await owner.query(`
      SELECT count(*)::int AS keys, count(DISTINCT user_id)::int AS owners, count(DISTINCT access_key_id)::int AS ids,
        count(*) FILTER (WHERE last_used_at < now() - interval '90 days')::int AS idle,
        count(*) FILTER (WHERE last_used_at < now() - interval '90 days' AND ${isActive})::int AS idle_active,
        count(*) FILTER (WHERE access_key_id !~ '^[A-Z0-9]{20}$' OR created_at > last_used_at)::int AS wrong
      FROM access_keys WHERE user_id > 10000000`);
    expect(rows).toEqual([{ keys: 6_000, owners: 2_000, ids: 6_000, idle: 120, idle_active: 120, wrong: 0 }]);
    const orphans = 'SELECT FROM access_keys WHERE NOT EXISTS (SELECT FROM users WHERE users.id = user_id)';
    expect((await owner.query(orphans)).rowCount).toBe(0);
    const duplicate = `INSERT INTO access_keys (user_id, access_key_id, encrypted_secret) VALUES (1, '${EXEMPT_KEY}', '')`;
    await expect(owner.query(duplicate)).rejects.toMatchObject({ code: '23505' });
  });
});

describe('the planted keys', () => {
  const keys = plantedKeys('word');

  it('have ids that Alexander accepts, each its own', () => {
    for (const { keyId } of keys) expect(keyId).toMatch(/^[A-Z0-9]{20}$/);
    expect(new Set(keys.map(({ keyId }) => keyId)).size).toBe(keys.length);
  });

  it('give nobody more than two active keys, but for the owner planted for that', () => {
    const crowded = keys.filter(
      ({ owner }) => keys.filter((key) => key.owner === owner && key.active !== false).length > 2,
    );
    expect(new Set(crowded.map(({ plant }) => plant))).toEqual(new Set(['too-many-keys']));
  });

  it('were never used before they were made, and name the exempt owner', () => {
    for (const { createdDaysAgo, usedDaysAgo = 0 } of keys) expect(createdDaysAgo).toBeGreaterThan(usedDaysAgo);
    expect(keys.filter(({ owner }) => owner === EXEMPT_OWNER).map(({ plant }) => plant)).toEqual(['exempt-owner']);
  });

  it('leave out the expired one where the table knows no expiry', () => {
    const plants = plantedKeys('boolean').map(({ plant }) => plant);
    expect(plants).not.toContain('expired-but-active');
    expect(plants).toHaveLength(keys.length - 1);
  });
});
