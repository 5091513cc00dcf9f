import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Estate, startEstate } from '../../../../local/estate.ts';
import { linesWritten } from '../../runtime/stdout.ts';
import { asOwner, call, rotate, stored } from '../ground.ts';
import { type AccessKey, edited, hoursPass, plantAccessKey } from './ground.ts';

let estate: Estate;
let key: AccessKey;
/** How much the server had logged when the estate was made, passwords and all. */
let loggedBefore: number;
const said: string[] = [];
const canaries = new Set<string>();

beforeAll(async () => {
  const verbose = { log_statement: 'all', log_connections: 'on', log_min_messages: 'debug1' };
  const parameters = { log_parameter_max_length: '-1', log_parameter_max_length_on_error: '-1' };
  estate = await startEstate({ serverSettings: { ...verbose, ...parameters } });
  key = await plantAccessKey(estate);
  loggedBefore = readFileSync(estate.postgres.logPath).length;
  const { masterKey, secrets } = key.planted;
  const passwords = [secrets.reader, secrets.actor].map((secret) => (secret as { password: string }).password);
  for (const canary of [masterKey.toString('base64'), masterKey.toString('hex'), ...passwords]) canaries.add(canary);
});
afterAll(async () => {
  await key?.system.stop();
  await estate?.stop();
});

/** What is returned, thrown or written; and every secret key that there was by then. */
async function hear<Value>(work: () => Promise<Value>): Promise<Value | undefined> {
  let answer: Value | undefined;
  const { out, error } = await linesWritten(async () => {
    answer = await work();
  });
  said.push(...out, ...error, JSON.stringify(answer));
  for (const { secret_key } of stored(estate.aws, key.secretArn)) canaries.add(secret_key ?? '');
  return answer;
}

function everything(): string {
  const evidence = estate.aws.objects('alexander-evidence').map(({ key: name, body }) => {
    return `${name}\n${name.endsWith('.gz') ? gunzipSync(body) : body}`;
  });
  const server = readFileSync(estate.postgres.logPath).subarray(loggedBefore).toString();
  const { aws } = estate;
  const told = [aws.published(), aws.busEvents(), aws.requests()].map((list) => JSON.stringify(list));
  return [...said, ...evidence, ...told, server].join('\n');
}

/** As they are, and as some client might spell them. */
const spellings = (canary: string) => [
  canary,
  Buffer.from(canary).toString('base64'),
  Buffer.from(canary).toString('hex'),
  encodeURIComponent(canary),
];

describe('F16 F40 the secret of a key, the master key and the logins’ passwords', () => {
  it('are used by a rotation, by the end of the old key, and by runs that are refused', async () => {
    const turn = () => rotate(estate, key.rotated, { secretArn: key.secretArn });
    expect((await hear(turn))?.map(({ threw }) => threw)).toEqual([false, false, false, false]);
    await hoursPass(estate, 25);
    expect(await hear(() => call(estate, key.rotated))).toMatchObject({ verdict: 'acted' });
    await asOwner(
      estate,
      'ALTER TABLE access_keys ADD CONSTRAINT no_more CHECK (created_at < now() - interval $$1 hour$$) NOT VALID',
    );
    expect((await hear(turn))?.[0]).toMatchObject({ verdict: 'refused' });
    await asOwner(estate, 'ALTER TABLE access_keys DROP CONSTRAINT no_more');
    const nowhere = edited(key, (settings) => Object.assign(settings.endpoint, { url: 'https://127.0.0.1:1' }));
    await hear(() => rotate(estate, nowhere, { secretArn: key.secretArn }));
    const torn = edited(key, (settings) => Object.assign(settings.masterKey, { secretArn: key.secretArn }));
    await hear(() => rotate(estate, torn, { secretArn: key.secretArn }));
    key.system.answerWith({ status: 403, code: 'SignatureDoesNotMatch' });
    await hear(() => call(estate, key.rotated));
    key.system.answerWith(undefined);
  });

  it('are found nowhere: not in reports, evidence, messages, requests, the log, nor PostgreSQL’s', () => {
    const all = everything();
    // What is looked through does hold what it should.
    for (const known of ['INSERT INTO "public"."access_keys"', 'AKSTORAGEADMIN000001', 'parameters: $1 = ', '23514'])
      expect(all).toContain(known);
    expect(canaries.size).toBeGreaterThan(5);
    const lines = all.split('\n');
    const told = lines.filter((line) => [...canaries].flatMap(spellings).some((spelling) => line.includes(spelling)));
    expect(told).toEqual([]);
  });
});
