import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { BlobToPlant } from '../../../local/blobs/plant.ts';
import { hashOf, keyOf } from '../../../local/blobs/schema.ts';
import { watchingRequests } from '../meanwhile.ts';
import { BUCKET, call, candidates, markings, useGround } from './ground.ts';

const ground = useGround();
const RUNS = 15;
const TIMEOUT_MS = 120_000;

const hours = fc.constantFrom(1, 23, 25, 100);
const blob = fc.record(
  {
    objectHours: hours,
    rowHours: hours,
    references: fc.nat(2),
    deletedReferences: fc.nat(2),
    parts: fc.nat(1),
  },
  { requiredKeys: [] },
);
const READS = [
  's3:ListObjectsV2',
  's3:GetBucketVersioning',
  's3:ListMultipartUploads',
  's3:HeadObject',
  's3:PutObject',
  's3:GetObject',
];
/** Lost replies that the SDK survives, refusals that end the run, and requests at which a writer commits. */
const fault = fc.oneof(
  fc.record({
    kind: fc.constant('lose' as const),
    call: fc.integer({ min: 1, max: 30 }),
    when: fc.constantFrom('before' as const, 'after' as const),
  }),
  fc.record({ kind: fc.constant('refuse' as const), operation: fc.constantFrom(...READS) }),
);

type Planted = BlobToPlant & { content: string };

/** A row is what a foreign key needs. */
function sound(blobs: Partial<BlobToPlant>[]): Planted[] {
  return blobs.map((one, n) => {
    const { references, deletedReferences, ...other } = { ...one, content: `blob ${n}` };
    return one.rowHours === undefined
      ? other
      : {
          ...other,
          ...(references !== undefined && { references }),
          ...(deletedReferences !== undefined && { deletedReferences }),
        };
  });
}

const needs = ({ references = 0, deletedReferences = 0, parts = 0 }: Planted) =>
  references + deletedReferences + parts > 0;
const isOrphan = (one: Planted) =>
  !needs(one) && (one.objectHours ?? 0) > 24 && (one.rowHours === undefined || one.rowHours > 24);
const isLost = (one: Planted) => needs(one) && one.objectHours === undefined && (one.rowHours ?? 0) > 24;

async function empty(): Promise<void> {
  await ground.sql('TRUNCATE blobs, objects, multipart_parts');
  for (const bucket of [BUCKET, 'alexander-evidence'])
    for (const { key } of ground.aws.objects(bucket)) ground.aws.removeObject(bucket, key);
}

describe('whatever the blobs, the references and the faults', () => {
  it('F54 F57 F62 what is marked is what nothing needs, what is lost is told, and what cannot be known changes nothing', {
    timeout: TIMEOUT_MS,
  }, async () => {
    const property = fc.asyncProperty(
      fc.array(blob, { minLength: 1, maxLength: 25 }),
      fc.array(fault, { maxLength: 3 }),
      fc.nat(24),
      fc.constantFrom(1, 16),
      async (drawn, faults, adopted, shards) => {
        await empty();
        const blobs = sound([...drawn, { objectHours: 100, rowHours: 100, references: 60, content: '' }]);
        await ground.plant(blobs);
        const edit = (settings: object) => Object.assign(settings, { shards });
        ground.aws.faults.clear();
        for (const one of faults) {
          if (one.kind === 'lose') ground.aws.faults.lose(one);
          else ground.aws.faults.fail(one.operation, { code: 'AccessDenied', status: 403 }, 1);
        }
        const first = await call(ground, { edit });
        const marked = candidates(ground).map(({ key }) => key);
        const right = blobs
          .filter(isOrphan)
          .map(({ content }) => keyOf(hashOf(content)))
          .toSorted();
        if (first.verdict === 'refused' || (first.verdict === 'failed' && markings(ground).counts === undefined))
          expect(marked).toEqual([]);
        else expect(marked).toEqual(right);
        ground.aws.faults.clear();
        // Where the lease could not be given back.
        ground.aws.clock.advance(66_000);
        await adoptDuring(blobs[adopted % blobs.length], () => call(ground, { edit }));
        const again = await call(ground, { edit });
        const adoptee = blobs[adopted % blobs.length];
        const left = blobs.filter((one) => isOrphan(one) && !(one === adoptee && one.rowHours !== undefined));
        expect(candidates(ground).map(({ key }) => key)).toEqual(
          left.map(({ content }) => keyOf(hashOf(content))).toSorted(),
        );
        const critical = again.findings.filter(({ severity }) => severity === 'critical').map(({ target }) => target);
        const adoptedLost = (one: Planted) =>
          one === adoptee && one.objectHours === undefined && (one.rowHours ?? 0) > 24;
        const lost = blobs
          .filter((one) => isLost(one) || adoptedLost(one))
          .map(({ content }) => `s3://${BUCKET}/${keyOf(hashOf(content))}`);
        expect(critical).toEqual(lost.toSorted());
      },
    );
    await fc.assert(property, { numRuns: RUNS, endOnFailure: true });
  });
});

/** A writer references a blob that has a row, while the bucket is being listed. */
async function adoptDuring(one: Planted | undefined, work: () => Promise<unknown>): Promise<void> {
  let adopting: Promise<unknown> | undefined;
  const adopt = ({ url }: { url: string }) => {
    if (adopting !== undefined || one?.rowHours === undefined || !url.includes('list-type=2') || !url.includes(BUCKET))
      return;
    adopting = ground.sql('INSERT INTO objects (name, content_hash) VALUES ($1, $2)', ['adopted', hashOf(one.content)]);
  };
  await watchingRequests(adopt, work);
  await adopting;
}
