import { expect, it } from 'vitest';
import { BUCKET } from './ground.ts';
import { onceAt, plantOrphans, readable, rows, sweep, takenState, undo, useSweeping } from './sweeping.ts';

const ground = useSweeping();
const LEASE_MS = 70_000;

it('F61 a run that died in the middle is undone whole, before any other run has looked at it', {
  timeout: 60_000,
}, async () => {
  const [, second] = await plantOrphans(ground, { orphans: ['a', 'b', 'c'] });
  const before = await rows(ground);
  await onceAt(`DELETE /${BUCKET}/${second}`, ground.aws.faults.die, () => sweep(ground)).catch(() => {});
  ground.aws.faults.clear();
  const [died] = takenState(ground).sweeps;
  expect(died?.open).toEqual([0]);
  expect([readable(ground).length, (await rows(ground)).length]).toEqual([3, 1]);
  ground.aws.clock.advance(LEASE_MS);
  expect(await undo(ground, died?.runId ?? '')).toMatchObject({ verdict: 'acted' });
  expect(readable(ground).toSorted()).toEqual(['a', 'b', 'c', 'needed']);
  expect(await rows(ground)).toEqual(before);
});

it('F60 puts no second row beside one that is there, also where the table would let it', async () => {
  await ground.sql('ALTER TABLE blobs DROP CONSTRAINT blobs_pkey CASCADE');
  await plantOrphans(ground, { orphans: ['a'] });
  const before = await rows(ground);
  const { runId } = await sweep(ground);
  await undo(ground, runId);
  await undo(ground, runId);
  expect(await rows(ground)).toEqual(before);
});
