import { describe, expect, it } from 'vitest';
import { PROBE_NAME } from '../../../functions/orphan-blob-gc/probe.ts';
import { BUCKET } from './ground.ts';
import {
  act,
  changes,
  key,
  onceAt,
  plantOrphans,
  readable,
  refer,
  rows,
  sweep,
  targets,
  useSweeping,
} from './sweeping.ts';

const ground = useSweeping();

/** A request that the SDK gave up on, asked again, and that arrives all the same when the run is over. */
const removal = () => ground.aws.removeObject(BUCKET, key('a'));

describe('F51 a removal of ours that arrives when nobody waits for it any more', () => {
  it.each([
    'back',
    'kept',
  ])('is undone by the next sweep, where what it hides is a blob that was brought %s', async (how) => {
    await plantOrphans(ground, { orphans: ['a'] });
    const before = await rows(ground);
    const meanwhile = {
      back: () => refer(ground, 'a'),
      kept: async () => ground.aws.putObject(BUCKET, key('a'), 'a'),
    };
    const on = new RegExp(`^s3:DeleteObject .*:${BUCKET}/${key('a')}$`);
    ground.aws.faults.hold({ on, when: 'before' }, meanwhile[how as 'back' | 'kept']);
    const report = await sweep(ground);
    expect(targets(report, 'quarantine', 'skipped')).toEqual([key('a')]);
    expect([readable(ground).toSorted(), await rows(ground)]).toEqual([['a', 'needed'], before]);
    removal();
    expect(readable(ground)).toEqual(['needed']);
    expect(targets(await sweep(ground), 'restore', 'done')).toEqual([key('a')]);
    expect(readable(ground).toSorted()).toEqual(['a', 'needed']);
  });
});

describe('a probe that arrives late', () => {
  const put = () => ground.aws.putObject(BUCKET, PROBE_NAME, 'a probe');

  it('is no stranger to a marking, and gone after the next sweep', async () => {
    await plantOrphans(ground);
    put();
    const marked = await act(ground, { event: { phase: 'mark' } });
    expect(marked.findings.map(({ target }) => target).join()).not.toContain('unrecognised');
    expect(await sweep(ground)).toMatchObject({ verdict: 'acted' });
    expect(ground.aws.objects(BUCKET).map((object) => object.key)).toEqual([key('needed')]);
  });

  it('F60 in the middle of the next one makes that refuse, before any blob is touched', async () => {
    await plantOrphans(ground);
    const before = await rows(ground);
    const looking = (text: string) => text.includes('versions') && text.includes(PROBE_NAME);
    const report = await onceAt(looking, put, () => sweep(ground));
    expect(report).toMatchObject({ verdict: 'refused', because: expect.stringContaining('did not stay under') });
    expect([changes(ground), await rows(ground)]).toEqual([[], before]);
  });
});
