import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Estate, startEstate } from '../../../../local/estate.ts';
import { linesWritten } from '../../runtime/stdout.ts';
import { call, rotate, stored } from '../ground.ts';
import { type PostgresUser, plantUser } from './ground.ts';

describe('F16 F40 no password, old or new, is told', () => {
  let estate: Estate;
  let user: PostgresUser;
  let loggedBefore: number;
  beforeAll(async () => {
    const all = {
      log_statement: 'all',
      log_connections: 'on',
      log_min_messages: 'debug1',
      log_parameter_max_length: '-1',
    };
    estate = await startEstate({ serverSettings: all });
    user = await plantUser(estate);
    loggedBefore = readFileSync(estate.postgres.logPath).length;
  });
  afterAll(() => estate?.stop());

  it('by a rotation, a night, a refusal, the server’s own log or the bus', async () => {
    const passwords: string[] = [];
    const { out, error } = await linesWritten(async () => {
      const reports = await rotate(estate, user.rotated, { secretArn: user.secretArn });
      passwords.push(...stored(estate.aws, user.secretArn).map(({ password = '' }) => password));
      reports.push(await call(estate, user.rotated));
      estate.aws.resetSecret(user.secretArn, JSON.stringify({ ...user.first, username: 'postgres' }));
      reports.push(...(await rotate(estate, user.rotated, { secretArn: user.secretArn })));
      process.stdout.write(JSON.stringify(reports));
    });
    const evidence = estate.aws
      .objects('alexander-evidence')
      .map(({ key, body }) => (key.endsWith('.gz') ? gunzipSync(body) : body));
    const server = readFileSync(estate.postgres.logPath).subarray(loggedBefore).toString();
    const told = [
      ...out,
      ...error,
      ...evidence,
      server,
      estate.aws.busEvents(),
      estate.aws.published(),
      estate.aws.requests(),
    ];
    const text = told
      .map((one) => (typeof one === 'string' || Buffer.isBuffer(one) ? String(one) : JSON.stringify(one)))
      .join('\n');
    expect(server).toContain(`ALTER ROLE "alexander_app" PASSWORD 'SCRAM-SHA-256$4096:`);
    expect(passwords.length).toBeGreaterThan(1);
    for (const password of passwords) {
      for (const spelled of [password, Buffer.from(password).toString('base64'), Buffer.from(password).toString('hex')])
        expect(text.includes(spelled)).toBe(false);
    }
    expect(text).not.toContain('proof-of-');
  });
});
