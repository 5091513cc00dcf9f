import { describe, expect, it } from 'vitest';
import { Database } from '../../../functions/runtime/contract.ts';
import { readLogin } from '../../../functions/runtime/secret.ts';
import { useAccount } from './account.ts';

const account = useAccount();
const CANARY = 'canary-3f9a';
const whole = {
  username: 'reader',
  password: CANARY,
  host: 'db.example',
  port: 6432,
  dbname: 'alexander',
  engine: 'postgres',
};

let number = 0;
const databaseOf = (secret: unknown, settings: object = {}) => {
  const text = typeof secret === 'string' ? secret : JSON.stringify(secret);
  const secretArn = account.aws.createSecret(`secret-${++number}`, text);
  return Database.parse({ reader: { secretArn }, ...settings });
};

const refusal = (said: RegExp) => ({ name: 'RefusalError', message: expect.stringMatching(said) });

describe('a login', () => {
  it('is what the secret says', async () => {
    expect(await readLogin(databaseOf(whole), 'reader')).toEqual({
      user: 'reader',
      password: CANARY,
      host: 'db.example',
      port: 6432,
      dbname: 'alexander',
    });
  });

  it('takes from settings what RDS’s own secrets lack, and what settings say wins', async () => {
    const bare = { username: 'reader', password: CANARY };
    const login = await readLogin(databaseOf(bare, { host: 'h', dbname: 'd' }), 'reader');
    expect(login).toMatchObject({ host: 'h', dbname: 'd', port: 5432 });
    expect(await readLogin(databaseOf(whole, { host: 'h', port: 1, dbname: 'd' }), 'reader')).toMatchObject({
      host: 'h',
      port: 1,
      dbname: 'd',
    });
  });

  it('may have a port that is written as text', async () => {
    expect(await readLogin(databaseOf({ ...whole, port: '6543' }), 'reader')).toMatchObject({ port: 6543 });
  });

  it('F13 without a host or a database is refused, with every setting to be made', async () => {
    const bare = { username: 'reader', password: CANARY };
    await expect(readLogin(databaseOf(bare), 'reader')).rejects.toMatchObject(
      refusal(/has no host and no dbname; set settings\.database\.host and settings\.database\.dbname\.$/),
    );
    await expect(readLogin(databaseOf(bare, { host: 'h' }), 'reader')).rejects.toMatchObject(
      refusal(/has no dbname; set settings\.database\.dbname\.$/),
    );
  });

  it('as the actor needs the actor’s secret', async () => {
    await expect(readLogin(databaseOf(whole), 'actor')).rejects.toMatchObject(
      refusal(/^settings\.database\.actor is not set/),
    );
  });
});

describe('F16 a secret that cannot be used', () => {
  it.each([
    ['no JSON', `password=${CANARY}`, /wrong or missing: JSON\.$/],
    ['a list', `["${CANARY}"]`, /wrong or missing: JSON\.$/],
    ['without a user', { ...whole, username: undefined }, /wrong or missing: username\.$/],
    ['with a password that is a number', { ...whole, password: 31_4159 }, /wrong or missing: password\.$/],
    ['with a port out of range', { ...whole, port: 70_000 }, /wrong or missing: port\.$/],
  ])('because it is %s is refused by its name and its fields’, and nothing of it is told', async (_what, secret, said) => {
    const error = await readLogin(databaseOf(secret), 'reader').catch((thrown: Error) => thrown);
    expect(error).toMatchObject(refusal(said));
    expect(JSON.stringify([error, (error as Error).message, (error as Error).stack])).not.toMatch(/canary|314159/);
  });

  it('because it may not be read, or is gone, is refused by its ARN', async () => {
    const gone = 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:gone-a1b2c3';
    await expect(readLogin(Database.parse({ reader: { secretArn: gone } }), 'reader')).rejects.toMatchObject(
      refusal(/secret:gone-a1b2c3 cannot be read/),
    );
    account.aws.faults.deny('trial', 'secretsmanager:GetSecretValue');
    await expect(readLogin(databaseOf(whole), 'reader')).rejects.toMatchObject(refusal(/cannot be read: AccessDenied/));
  });
});
