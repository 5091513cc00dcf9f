import { afterEach, describe, expect, it } from 'vitest';
import { hashOf } from '../../../local/blobs/schema.ts';
import { watchingRequests } from '../meanwhile.ts';
import { BUCKET, evidence } from './ground.ts';
import {
  key,
  markLongAgo,
  plantOrphans,
  readable,
  refer,
  rows,
  sweep,
  takenState,
  targets,
  undo,
  useSweeping,
} from './sweeping.ts';

const ground = useSweeping();
/** Its operator said that it does no harm. */
const DECLARED = { edit: (settings: object) => void Object.assign(settings, { triggers: ['tricky'] }) };
const FORBIDDEN = { code: 'AccessDenied', status: 403 };

/** Something happens when the blob is to be hidden, and no delete marker of its can be removed. */
function withoutComingBack<Result>(content: string, whenHidden: () => void, work: () => Promise<Result>) {
  return watchingRequests(({ method, url }) => {
    if (method !== 'DELETE' || !url.includes(key(content))) return;
    if (url.includes('versionId=')) ground.aws.faults.fail('s3:DeleteObject', FORBIDDEN, 1);
    else whenHidden();
  }, work);
}

/** The system's own trigger on its blob table. */
async function trigger(when: string, body: string): Promise<void> {
  await ground.sql(`CREATE FUNCTION tricky() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN ${body} END $$;
    CREATE TRIGGER tricky ${when} ON blobs FOR EACH ROW EXECUTE FUNCTION tricky()`);
}
const noTrigger = () => ground.sql('DROP FUNCTION IF EXISTS tricky CASCADE');
afterEach(noTrigger);

describe('what could not be brought back at that moment', () => {
  it('F51 F61 an upload that our marker hides is not forgotten: the run fails, and a later one brings it back', async () => {
    await plantOrphans(ground, { orphans: ['a'] });
    const before = await rows(ground);
    const upload = () => ground.aws.putObject(BUCKET, key('a'), 'a');
    const report = await withoutComingBack('a', upload, () => sweep(ground));
    expect(report.verdict).toBe('failed');
    expect(targets(report, 'quarantine', 'failed')).toEqual([key('a')]);
    expect([readable(ground), takenState(ground).sweeps[0]?.open]).toEqual([['needed'], []]);
    await refer(ground, 'a');
    expect(targets(await sweep(ground), 'restore', 'done')).toEqual([key('a')]);
    expect([readable(ground).toSorted(), await rows(ground)]).toEqual([['a', 'needed'], before]);
  });

  it('F61 a row that the table does not take back is not forgotten either, and undoing puts it back', async () => {
    await plantOrphans(ground, { orphans: ['a'] });
    const before = await rows(ground);
    await trigger('BEFORE INSERT', 'RETURN NULL;');
    const replace = () => ground.aws.putObject(BUCKET, key('a'), 'something else');
    const report = await withoutComingBack('a', replace, () => sweep(ground, DECLARED));
    expect(report).toMatchObject({ verdict: 'failed', because: expect.stringContaining('see the triggers') });
    expect(targets(report, 'quarantine', 'failed')).toEqual([key('a')]);
    await noTrigger();
    expect(await undo(ground, report.runId)).toMatchObject({ verdict: 'acted' });
    expect(await rows(ground)).toEqual(before);
  });

  it('F51 ends the run: no more waves are taken', { timeout: 60_000 }, async () => {
    const names = Array.from({ length: 501 }, (_, at) => `orphan ${at}`);
    const [first = '', ...rest] = names.toSorted((one, other) => (key(one) < key(other) ? -1 : 1));
    const edit = (settings: { policy: object; shards: number }) => {
      settings.shards = 1;
      DECLARED.edit(settings);
      Object.assign(settings.policy, { caps: { maxTargets: 1_000, maxPercent: 100 } });
    };
    await plantOrphans(ground, { orphans: [first], rowless: rest }, { edit });
    await trigger(
      'AFTER DELETE',
      `INSERT INTO public.multipart_parts VALUES ('late', 1, OLD.content_hash); RETURN NULL;`,
    );
    const report = await withoutComingBack(
      first,
      () => {},
      () => sweep(ground, { edit }),
    );
    expect(report).toMatchObject({ verdict: 'failed', because: expect.stringContaining(key(first)) });
    expect(targets(report, 'quarantine', 'failed')).toEqual([key(first)]);
    expect(readable(ground)).toHaveLength(2);
    expect(targets(await sweep(ground, { edit }), 'restore', 'done')).toEqual([key(first)]);
  });
});

describe('bringing back', () => {
  it('F51 F55 does not wait until every reference is declared; taking does', async () => {
    await plantOrphans(ground, { orphans: ['a', 'b'] });
    const one = (settings: { policy: object }) => void Object.assign(settings.policy, { batchObjects: 1 });
    const [taken = ''] = targets(await sweep(ground, { edit: one }), 'quarantine', 'done');
    await refer(ground, taken === key('a') ? 'a' : 'b');
    await ground.sql('CREATE TABLE avatars (content_hash varchar(64) REFERENCES blobs (content_hash))');
    try {
      const report = await sweep(ground);
      expect(report).toMatchObject({ verdict: 'refused', because: expect.stringContaining('public.avatars') });
      expect(targets(report, 'restore', 'done')).toEqual([taken]);
      expect(readable(ground).toSorted()).toEqual(['a', 'b', 'needed']);
    } finally {
      await ground.sql('DROP TABLE avatars');
    }
  });

  it('F61 fails where the receipt of a wave that ended is gone, and brings the others back all the same', async () => {
    await plantOrphans(ground, { orphans: ['a', 'b'] });
    const one = (settings: { policy: object }) => void Object.assign(settings.policy, { batchObjects: 1 });
    const first = await sweep(ground, { edit: one });
    const [second] = targets(await sweep(ground, { edit: one }), 'quarantine', 'done');
    const receipt = evidence(ground.aws).find((object) => object.key.endsWith(`${first.runId}.wave-0.received.jsonl`));
    ground.aws.removeObject('alexander-evidence', receipt?.key ?? '');
    await refer(ground, second === key('a') ? 'a' : 'b');
    const report = await sweep(ground);
    expect(report).toMatchObject({ verdict: 'failed', because: expect.stringContaining('its receipt is gone') });
    expect(targets(report, 'restore', 'done')).toEqual([second]);
    expect(await undo(ground, first.runId)).toMatchObject({ verdict: 'failed' });
  });

  it('F60 fails where another row has what the row needs for itself, and says what that is', async () => {
    await ground.sql('ALTER TABLE blobs ADD place integer UNIQUE');
    try {
      await plantOrphans(ground, { orphans: ['a'] });
      await ground.sql('UPDATE blobs SET place = 5 WHERE content_hash = $1', [hashOf('a')]);
      const { runId } = await sweep(ground);
      await ground.sql('UPDATE blobs SET place = 5');
      const report = await undo(ground, runId);
      expect(report).toMatchObject({ verdict: 'failed', because: expect.stringContaining('blobs_place_key') });
      await ground.sql('UPDATE blobs SET place = 6');
      expect(await undo(ground, runId)).toMatchObject({ verdict: 'acted' });
      expect(await rows(ground)).toHaveLength(2);
    } finally {
      await ground.sql('ALTER TABLE blobs DROP place');
    }
  });

  it('F51 fails where a blob that is wanted again is hidden under somebody else’s delete marker', async () => {
    await plantOrphans(ground, { orphans: ['a'] });
    await sweep(ground);
    ground.aws.removeObject(BUCKET, key('a'));
    await refer(ground, 'a');
    expect(await sweep(ground)).toMatchObject({ verdict: 'failed', because: expect.stringContaining(key('a')) });
  });

  it('F60 fails where only what the blob had replaced is left under its marker: that is not the one that was taken', async () => {
    const older = { lastModified: new Date(Date.now() - 900 * 3_600_000) };
    ground.aws.putObject(BUCKET, key('a'), 'an older one', older);
    await plantOrphans(ground, { orphans: ['a'] });
    const { runId } = await sweep(ground);
    expect(readable(ground)).toEqual(['needed']);
    ground.aws.eraseVersions(BUCKET, key('a'));
    ground.aws.putObject(BUCKET, key('a'), 'an older one', older);
    ground.aws.removeObject(BUCKET, key('a'));
    const report = await undo(ground, runId);
    expect(report).toMatchObject({ verdict: 'failed', because: expect.stringContaining('nor in quarantine any more') });
    expect(readable(ground)).toEqual(['needed']);
  });

  it('F51 F04 that time runs out in is a failure, never a sweep that goes on to take', async () => {
    await plantOrphans(ground, { orphans: ['a', 'b'] });
    const one = (settings: { policy: object }) => void Object.assign(settings.policy, { batchObjects: 1 });
    const [taken = ''] = targets(await sweep(ground, { edit: one }), 'quarantine', 'done');
    await refer(ground, taken === key('a') ? 'a' : 'b');
    const late = await sweep(ground, { remainingMs: () => 19_000 });
    expect(late).toMatchObject({ verdict: 'failed', because: expect.stringContaining('wanted again') });
    expect(targets(late, 'quarantine', 'done')).toEqual([]);
    expect(targets(await sweep(ground), 'restore', 'done')).toEqual([taken]);
  });

  it('F51 knows the marker of a later run of its own', async () => {
    await plantOrphans(ground, { orphans: ['a'] });
    await sweep(ground);
    await refer(ground, 'a');
    await sweep(ground);
    await ground.sql('DELETE FROM multipart_parts');
    await markLongAgo(ground);
    expect(targets(await sweep(ground), 'quarantine', 'done')).toEqual([key('a')]);
    await refer(ground, 'a');
    const report = await sweep(ground);
    expect([report.verdict, targets(report, 'restore', 'done')]).toEqual(['acted', [key('a')]]);
    expect(readable(ground).toSorted()).toEqual(['a', 'needed']);
  });
});
