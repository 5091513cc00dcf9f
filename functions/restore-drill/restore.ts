/** Makes the copy, and waits until it can be connected to or never will be. */
import { InputError, RefusalError } from '../runtime/errors.ts';
import { judgeStatus } from './decide.ts';
import { type Drill, LOOK_EVERY_SECONDS, looksIn } from './drill.ts';
import { type Copy, isCopy, type Point } from './instance.ts';

/** Known only when it is deployed, so it is no setting. */
const SECURITY_GROUP = 'SCRATCH_SECURITY_GROUP_ID';

/** @returns when it was asked for @throws RefusalError where RDS refuses, or somebody else has the name */
export function restore(
  { once, rds, settings }: Drill,
  { copy, point }: { copy: Copy; point: Point },
): Promise<string> {
  return once('restore', async () => {
    const securityGroupId = process.env[SECURITY_GROUP];
    if (!securityGroupId) throw new InputError(`${SECURITY_GROUP} is not set: the security group of the copy.`);
    const askedAt = new Date().toISOString();
    const answer = await rds.restore({ copy, point, securityGroupId, settings });
    // A lost answer makes the client ask again. The mark holds this run's id, so nobody else has set it.
    const there = answer === 'exists' ? await rds.instance(copy.id) : undefined;
    if (there && !isCopy(there, copy)) throw new RefusalError(`${copy.id} is there already, and is not of this run.`);
    return askedAt;
  });
}

type Waited = { kind: 'ready'; at: string } | { kind: 'hopeless' | 'late'; status: string };

/** Counts its looks instead of asking a clock: a replay counts the same. */
export async function untilReady({ again, pause, rds, settings }: Drill, { id }: Copy): Promise<Waited> {
  const most = looksIn(settings.copy.timeoutMinutes);
  let status = 'unknown';
  for (let look = 1; look <= most; look += 1) {
    const seen = await again(`look at the copy ${look}`, async () => {
      const instance = await rds.instance(id);
      return { judged: judgeStatus(instance), status: instance?.status ?? 'gone', at: new Date().toISOString() };
    });
    if (seen.judged === 'ready') return { kind: 'ready', at: seen.at };
    if (seen.judged === 'hopeless') return { kind: 'hopeless', status: seen.status };
    status = seen.status;
    await pause(`until the copy is available ${look}`, LOOK_EVERY_SECONDS);
  }
  return { kind: 'late', status };
}
