import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Estate, startEstate } from '../../../local/estate.ts';
import { makeCertificates } from '../../../local/postgres/certificates.ts';
import { type Call, call } from '../invocation.ts';
import { passDays } from '../time.ts';
import { linesWritten } from './stdout.ts';

let estate: Estate;
let canaries: string[];
/** How much the server had logged when the estate was made, passwords and all. */
let loggedBefore: number;
/** Whatever was returned, thrown, or written to the log, since the beginning. */
const said: string[] = [];

beforeAll(async () => {
  estate = await startEstate({
    serverSettings: {
      log_statement: 'all',
      log_connections: 'on',
      log_min_messages: 'debug1',
      log_parameter_max_length: '-1',
    },
  });
  const { reader, actor } = estate.alexander.secrets;
  loggedBefore = readFileSync(estate.postgres.logPath).length;
  canaries = [reader.password, actor.password, 'canary-wrong', 'canary-torn', 'canary-elsewhere'];
});
afterAll(() => estate.stop());

async function hear(options: Call) {
  let report: unknown;
  const { out, error } = await linesWritten(async () => {
    report = await call(estate, options).catch((thrown: Error) => `${thrown.message}\n${thrown.stack}`);
  });
  said.push(...out, ...error, JSON.stringify(report));
  return report;
}

/** A secret of this text in the reader's place. */
const withSecret = (name: string, text: string): NonNullable<Call['edit']> => {
  const secretArn = estate.aws.createSecret(name, text);
  return ({ settings }) => {
    settings.database.reader.secretArn = secretArn;
  };
};
const changed = (fields: object) => JSON.stringify({ ...estate.alexander.secrets.reader, ...fields });

function everything(): string {
  const evidence = estate.aws.objects('alexander-evidence').map(({ key, body }) => {
    return `${key}\n${key.endsWith('.gz') ? gunzipSync(body) : body}`;
  });
  const server = readFileSync(estate.postgres.logPath).subarray(loggedBefore).toString();
  return [
    ...said,
    ...evidence,
    JSON.stringify(estate.aws.published()),
    JSON.stringify(estate.aws.requests()),
    server,
  ].join('\n');
}

/** As they are, and as some client might spell them. */
const spellings = (canary: string) => [
  canary,
  Buffer.from(canary).toString('base64'),
  Buffer.from(canary).toString('hex'),
  encodeURIComponent(canary),
];

describe('F16 a password', () => {
  it('is used by runs that look, warn, turn off and restore', async () => {
    const enforce: Call = {
      mode: 'enforce',
      edit: ({ settings }) => Object.assign(settings, { caps: { maxTargets: 10, maxPercent: 50 } }),
    };
    expect(await hear({})).toMatchObject({ verdict: 'findings' });
    await hear(enforce);
    await passDays(estate, 15);
    expect(await hear(enforce)).toMatchObject({ verdict: 'acted' });
    expect(await hear({ ...enforce, event: { restore: ['AKADAOLDSCRIPT000002'] } })).toMatchObject({
      verdict: 'acted',
    });
  });

  it('is used by runs that are refused, each for another reason', async () => {
    const { caPem } = await makeCertificates();
    const failing: [NonNullable<Call['edit']>, RegExp][] = [
      [withSecret('wrong', changed({ password: 'canary-wrong' })), /28P01/],
      [withSecret('torn', `{"username":"x","password":"canary-torn"`), /not in the RDS format/],
      [withSecret('number', changed({ password: { is: 'canary-torn' } })), /wrong or missing: password/],
      [withSecret('elsewhere', changed({ password: 'canary-elsewhere', port: 1 })), /ECONNREFUSED/],
      [
        withSecret('nowhere', changed({ password: 'canary-elsewhere', host: 'db.nightshift.invalid' })),
        /db\.nightshift\.invalid/,
      ],
      [withSecret('no-database', changed({ dbname: 'nowhere' })), /3D000|42501/],
      [({ settings }) => Object.assign(settings.database, { caPem }), /certificate|signature|issuer/i],
      [({ settings }) => Object.assign(settings.keys, { table: 'nothing' }), /42P01/],
    ];
    for (const [edit, because] of failing) {
      expect(await hear({ edit })).toMatchObject({ verdict: 'refused', because: expect.stringMatching(because) });
    }
    expect(await hear({ event: { password: 'canary-torn' } })).toMatchObject({ verdict: 'refused' });
    await hear({ edit: (deployment) => Object.assign(deployment, { settings: { password: 'canary-torn' } }) });
  });

  it('is found nowhere: not in reports, evidence, messages, requests, the log, nor PostgreSQL’s', () => {
    const all = everything();
    // What is looked through does hold what it should.
    for (const known of [
      'AKADAOLDSCRIPT000002',
      'nightshift inactive-key-audit',
      'COPY (',
      'UPDATE "public"."access_keys"',
      '28P01',
      'IdleKeys',
    ])
      expect(all).toContain(known);
    const told = all
      .split('\n')
      .filter((line) => canaries.flatMap(spellings).some((spelling) => line.includes(spelling)));
    expect(told).toEqual([]);
  });
});
