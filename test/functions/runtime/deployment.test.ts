import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { readDeployment, readSurroundings, topicArnsOf } from '../../../functions/runtime/deployment.ts';

const word = { word: 'SEV', respondWithin: '1 hour', topic: 'notify' };
const whole = {
  system: 'Alexander',
  runbook: 'inactive-key-audit',
  severities: { info: word, warning: word, critical: word },
  settings: { table: 'access_keys' },
};
const Settings = z.strictObject({ table: z.string() });

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'nightshift-test-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function read(deployment: unknown) {
  writeFileSync(
    join(folder, 'settings.json'),
    typeof deployment === 'string' ? deployment : JSON.stringify(deployment),
  );
  return readDeployment(folder, Settings);
}

const refuses = (said: string) =>
  expect.objectContaining({ name: 'InputError', message: expect.stringContaining(said) });

describe('settings.json', () => {
  it('F13 left alone, only looks and takes no event older than two hours', () => {
    expect(read(whole)).toMatchObject({ mode: 'report', maxEventAgeMinutes: 120 });
  });

  it.each(Object.keys(whole))('F13 without %s is refused by name', (name) => {
    expect(() => read({ ...whole, [name]: undefined })).toThrowError(refuses(`${name}: Invalid input: expected`));
  });

  it('F13 without a setting of the runbook’s own is refused by name', () => {
    expect(() => read({ ...whole, settings: {} })).toThrowError(
      refuses('settings.table: Invalid input: expected string (got nothing)'),
    );
  });

  it('is refused with every error at once', () => {
    expect(() => read({ ...whole, mode: 'on', system: '', setings: {} })).toThrowError(refuses('3 errors'));
  });

  it('is refused where it is no JSON, or not there', () => {
    expect(() => read('{')).toThrowError(refuses('cannot be read as JSON'));
    rmSync(join(folder, 'settings.json'));
    expect(() => readDeployment(folder, Settings)).toThrowError(refuses('ENOENT'));
  });
});

describe('the environment', () => {
  const whole = {
    LAMBDA_TASK_ROOT: '/var/task',
    EVIDENCE_BUCKET: 'evidence',
    HALT_PARAMETER: '/halt',
    NOTIFY_TOPIC_ARN: 'arn:notify',
    PAGE_TOPIC_ARN: 'arn:page',
  };

  it('is read whole', () => {
    expect(topicArnsOf(readSurroundings({ ...whole, OTHER: 'x' }))).toEqual({ page: 'arn:page', notify: 'arn:notify' });
  });

  it('F13 is refused with every variable that is missing or empty', () => {
    expect(() => readSurroundings({ ...whole, EVIDENCE_BUCKET: '', PAGE_TOPIC_ARN: undefined })).toThrowError(
      refuses(
        'not set:\n  EVIDENCE_BUCKET: the bucket for reports and state\n  PAGE_TOPIC_ARN: the SNS topic for what cannot wait',
      ),
    );
  });
});
