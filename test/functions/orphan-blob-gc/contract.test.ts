import { describe, expect, it } from 'vitest';
import { Input, objectionToEnforce, Settings } from '../../../functions/orphan-blob-gc/contract.ts';
import { BLOB_MAPPING } from '../../../local/blobs/schema.ts';

const secretArn = 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:reader-a1b2c3';
const settings = {
  store: { bucket: 'blobs' },
  ...BLOB_MAPPING,
  database: { reader: { secretArn } },
  quarantine: { kind: 'delete-marker' },
  ownCollector: false,
  policy: { caps: { maxTargets: 1_000, maxPercent: 1 } },
};

/** The paths that are wrong once this is changed. */
function wrongIn(change: object): string[] {
  const parsed = Settings.safeParse({ ...settings, ...change });
  return parsed.success ? [] : parsed.error.issues.map(({ path }) => path.join('.'));
}

describe('settings', () => {
  it('F13 F60 have safe defaults, and none for the caps, for the other collector, or for where blobs are quarantined', () => {
    expect(Settings.parse(settings)).toMatchObject({
      policy: { minAgeHours: 48, graceDays: 7, maxReferenceDropPercent: 20, batchObjects: 10_000 },
      writersCheckBeforeReuse: false,
      lifecycleRule: true,
    });
    expect(wrongIn({ policy: {} })).toEqual(['policy.caps']);
    expect(wrongIn({ policy: { caps: { maxTargets: 5 } } })).toEqual(['policy.caps.maxPercent']);
    expect(wrongIn({ ownCollector: undefined })).toEqual(['ownCollector']);
    expect(wrongIn({ quarantine: undefined })).toEqual(['quarantine']);
  });

  it('F50 F60 cannot lower the minimum age below a day, nor the grace below a week', () => {
    const { caps } = settings.policy;
    expect(wrongIn({ policy: { caps, minAgeHours: 23 } })).toEqual(['policy.minAgeHours']);
    expect(wrongIn({ policy: { caps, graceDays: 6 } })).toEqual(['policy.graceDays']);
    expect(wrongIn({ policy: { caps, minAgeHours: 24, graceDays: 7 } })).toEqual([]);
  });

  it('need a reference, and an id where a reference holds one', () => {
    expect(wrongIn({ references: [] })).toEqual(['references']);
    const references = [{ table: 'objects', column: 'blob_id', holds: 'id' }];
    expect(wrongIn({ references })).toEqual(['blobs.id']);
    expect(wrongIn({ references, blobs: { ...settings.blobs, id: 'id' } })).toEqual([]);
  });

  it.each(['objects"', 'objects;', 'a\0b', 'x'.repeat(64), ''])('F21 refuse the hostile table name %j', (table) => {
    expect(wrongIn({ references: [{ table, column: 'content_hash' }] })).toEqual(['references.0.table']);
  });

  it.each([
    ['', '{hash}', 'quarantine/', true],
    ['', '{hash}', 'dead/', false],
    ['blobs/', '{hash}', 'blobs/quarantine/', true],
    ['blobs/', '{hash}', 'blobs/', false],
    ['blobs/', '{hash}', 'blobs/aa', false],
    ['blobs/', '{hash}', 'b', false],
    ['blobs/', '{hash}', 'old/', true],
  ])('F53 with the prefix %j and the key %j, may quarantine under %j: %s', (prefix, key, quarantine, isAllowed) => {
    const wrong = wrongIn({ prefix, key, quarantine: { kind: 'prefix', prefix: quarantine } });
    expect(wrong).toEqual(isAllowed ? [] : ['quarantine.prefix']);
  });

  it('object to enforce without the writers’ promise, or beside another collector', () => {
    const good = Settings.parse({ ...settings, writersCheckBeforeReuse: true });
    expect(objectionToEnforce(good)).toBeUndefined();
    expect(objectionToEnforce({ ...good, ownCollector: true })).toContain('ownCollector');
    expect(objectionToEnforce({ ...good, writersCheckBeforeReuse: false })).toContain('writersCheck');
  });

  it('F60 object to enforce where nobody reads the lifecycle rules of a bucket of AWS’s', () => {
    const good = Settings.parse({ ...settings, writersCheckBeforeReuse: true, lifecycleRule: false });
    expect(objectionToEnforce(good)).toContain('lifecycleRule');
    const store = { ...good.store, endpoint: 'https://store.example' };
    expect(objectionToEnforce({ ...good, store })).toBeUndefined();
  });

  it.each(['*', '?'])('refuse %s where it would land in an ARN and mean more than itself', (wild) => {
    expect(wrongIn({ store: { bucket: `blobs${wild}` } })).toEqual(['store.bucket']);
    expect(wrongIn({ prefix: `a${wild}/` })).toEqual(['prefix']);
    expect(wrongIn({ temporary: [`tmp${wild}`] })).toEqual(['temporary.0']);
    expect(wrongIn({ quarantine: { kind: 'prefix', prefix: `q${wild}/` } })).toEqual(['quarantine.prefix']);
  });
});

const PART = { coordinator: '20260501T020000Z-0123abcd', lane: 0, lanes: 1, from: 0, upTo: 16 };

describe('F09 an input', () => {
  it.each([
    [{}],
    [{ phase: 'mark' }],
    [{ phase: 'sweep', mode: 'report' }],
    [{ undo: '20260501T020000Z-0123abcd' }],
    [{ phase: 'mark', acceptFewerReferences: true }],
    [{ acceptFewerReferences: true }],
    [{ part: PART }],
  ])('%j is understood', (input) => {
    expect(Input.safeParse(input).success).toBe(true);
  });

  it.each([
    [null],
    [[]],
    [{ phase: 'delete' }],
    [{ undo: '../state' }],
    [{ undo: '20260501T020000Z-0123abcd', phase: 'mark' }],
    [{ phase: 'sweep', acceptFewerReferences: true }],
    [{ acceptFewerReferences: false }],
    [{ part: PART, acceptFewerReferences: true }],
    [{ part: PART, undo: PART.coordinator }],
    [{ part: { ...PART, coordinator: '../state' } }],
    [{ part: { ...PART, upTo: 4097 } }],
    [{ Phase: 'mark' }],
    [JSON.parse('{"__proto__": {"phase": "mark"}}')],
  ])('%j is refused', (input) => {
    expect(Input.safeParse(input).success).toBe(false);
  });
});
