/** Judges one secret on an ordinary night: whether it is overdue, stuck or still used in its old form, and what is due. Pure. */
import type { Finding } from '../runtime/report.ts';
import type { RotatedSecret } from './contract.ts';
import { stuckVersion, waitsForRetirement } from './decide-step.ts';
import type { Use } from './kind.ts';
import type { Noted } from './notes.ts';
import type { Described } from './secrets.ts';

/** What only logging in tells; absent where the function was deployed in report mode, which may read no value. */
export type Tried = {
  current: Login;
  /** Of a rotation that has come half-way. */
  pending?: Login;
  /** Of the credential before the current one, while it waits to be revoked. */
  uses?: Use[];
  /** Why a rotation would be refused now; undefined where a rehearsal went well. */
  objection?: string;
};

/** `unusable`: its value cannot be read, or is not what was deployed. */
type Login = 'works' | 'is wrong' | 'unusable';

export type Facts = { entry: RotatedSecret; described: Described; noted: Noted; tried: Tried | undefined };

export type Policy = {
  now: Date;
  /** Whether the stack has Secrets Manager rotate it. */
  mustRotate: boolean;
  /** Undefined where two credentials cannot live. */
  overlapHours: number | undefined;
  /** Revoke what is old at once, whoever uses it. */
  retireNow: boolean;
};

export type Due = { act: 'finish' | 'drop' | 'retire'; versionId: string; why: string };
export type Judgement = { findings: Finding[]; due?: Due };

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** Four steps of at most fifteen minutes. */
const STUCK_AFTER_MS = HOUR_MS;

export function judgeSecret(facts: Facts, policy: Policy): Judgement {
  const stuck = judgeStuck(facts, policy);
  const told = judgeTold(facts, policy);
  const old = judgeOld(facts, policy);
  const findings = [
    ...judgeCurrent(facts),
    ...judgeSchedule(facts, policy),
    ...stuck.findings,
    ...told.findings,
    ...old.findings,
  ];
  const due = stuck.due ?? told.due ?? old.due;
  return { findings, ...(due && { due }) };
}

/** One target for each thing that can be said of a secret, so that each is announced and cleared by itself. */
const targetOf = ({ secretArn }: RotatedSecret, topic: string) => `${nameOf(secretArn)} (${topic})`;

export function nameOf(secretArn: string): string {
  return secretArn.replace(/^.*:secret:/, '').replace(/-[A-Za-z0-9]{6}$/, '');
}

/** Of a secret that could not even be looked at. */
export function notLookedAt(secretArn: string, because: string): Finding {
  const target = `${nameOf(secretArn)} (look)`;
  const remedy = 'Mend that; nothing is known of it.';
  return { severity: 'critical', target, what: `it could not be looked at: ${because}`, remedy };
}

function judgeCurrent({ entry, tried }: Facts): Finding[] {
  const findings: Finding[] = [];
  if (tried && tried.current !== 'works') {
    const what = `the current version ${tried.current === 'unusable' ? 'cannot be used' : 'does not log in'}: whoever reads it is locked out`;
    const remedy = 'Set what is stored on the other side, or store what is set there; then rotate.';
    findings.push({ severity: 'critical', target: targetOf(entry, 'current'), what, remedy });
  }
  // Where it does not even log in, a rehearsal says nothing more.
  if (tried?.current === 'works' && tried.objection !== undefined) {
    const remedy = 'Mend it before the next rotation; nothing was changed.';
    const what = `a rotation would be refused now: ${tried.objection}`;
    findings.push({ severity: 'warning', target: targetOf(entry, 'next rotation'), what, remedy });
  }
  return findings;
}

function judgeSchedule({ entry, described, noted }: Facts, { now, mustRotate }: Policy): Finding[] {
  const findings: Finding[] = [];
  const since = rotatedAt({ described, noted });
  const ageDays = since && (now.getTime() - since.getTime()) / DAY_MS;
  if (ageDays !== undefined && ageDays > entry.maxAgeDays) {
    const what = `it was last changed ${Math.floor(ageDays)} days ago, and at most ${entry.maxAgeDays} are allowed`;
    const remedy =
      'Look at the reports of its last rotation, then rotate it: in Secrets Manager, “Rotate secret immediately”.';
    findings.push({ severity: 'warning', target: targetOf(entry, 'overdue'), what, remedy });
  }
  if (mustRotate && !described.rotates) {
    const what = 'Secrets Manager does not rotate it, though it is deployed to be rotated';
    const remedy = 'Deploy again, or switch its rotation on in Secrets Manager.';
    findings.push({ severity: 'warning', target: targetOf(entry, 'schedule'), what, remedy });
  }
  return findings;
}

/** For a page. Nothing where the age is unknown. */
export function ageOf(known: Pick<Facts, 'described' | 'noted'>, now: Date): { rotatedAt?: string; ageDays?: number } {
  const since = rotatedAt(known);
  return since ? { rotatedAt: since.toISOString(), ageDays: (now.getTime() - since.getTime()) / DAY_MS } : {};
}

/** An unknown age is young (F18). */
function rotatedAt({ described, noted }: Pick<Facts, 'described' | 'noted'>): Date | undefined {
  const switched = noted.switched?.versionId === described.current ? new Date(noted.switched?.at ?? '') : undefined;
  return switched ?? described.rotatedAt ?? described.changedAt;
}

function judgeStuck({ entry, described, noted, tried }: Facts, { now }: Policy): Judgement {
  const versionId = stuckVersion(described);
  if (versionId === undefined) return { findings: [] };
  const begunAt = noted.setting?.versionId === versionId ? new Date(noted.setting.at) : described.changedAt;
  const isOld = begunAt !== undefined && now.getTime() - begunAt.getTime() > STUCK_AFTER_MS;
  const isLockedOut = tried?.current === 'is wrong' && tried.pending === 'works';
  if (!isOld && !isLockedOut) return { findings: [] };
  const what = `a rotation to version ${versionId} has come half-way and stands still`;
  const finding = (remedy: string): Finding => ({
    severity: 'critical',
    target: targetOf(entry, 'stuck'),
    what,
    remedy,
  });
  if (tried?.pending === 'works') {
    const why = 'it logs in, so the rotation rolls forward';
    return { findings: [finding('It is finished by this function.')], due: { act: 'finish', versionId, why } };
  }
  if (tried?.current === 'works') {
    const why = 'the current one logs in, and the pending one does not';
    return {
      findings: [finding('The label AWSPENDING is taken away by this function.')],
      due: { act: 'drop', versionId, why },
    };
  }
  const remedy = tried
    ? 'Neither the current nor the pending version logs in. A person must set one of them on the other side.'
    : 'Deployed in report mode, nobody may try which of the two logs in. Try both; then finish it, or take AWSPENDING away.';
  return { findings: [finding(remedy)] };
}

/** The switch was made, and the step that made it failed when it told of it, for longer than it is tried again. */
function judgeTold({ entry, described, noted, tried }: Facts, { now }: Policy): Judgement {
  const { switched, toldOf } = noted;
  if (switched === undefined || switched.versionId !== described.current || toldOf === switched.versionId)
    return { findings: [] };
  if (now.getTime() - new Date(switched.at).getTime() < STUCK_AFTER_MS) return { findings: [] };
  const what = 'its consumers could not be told of the current version';
  const remedy = 'They are told again by this function. Look at the webhook, if there is one.';
  const due: Due = { act: 'finish', versionId: switched.versionId, why: 'its consumers were not told of it' };
  const finding: Finding = { severity: 'warning', target: targetOf(entry, 'told'), what, remedy };
  return { findings: [finding], ...(tried && { due }) };
}

function judgeOld({ entry, described, noted, tried }: Facts, policy: Policy): Judgement {
  const { now, overlapHours, retireNow } = policy;
  const { current, previous } = described;
  if (overlapHours === undefined || previous === undefined || stuckVersion(described)) return { findings: [] };
  if (!waitsForRetirement(described, noted) || noted.switched === undefined) return { findings: [] };
  const due: Due = { act: 'retire', versionId: previous, why: retireNow ? 'asked for by hand' : 'its overlap is over' };
  if (retireNow) return { findings: [], due };
  const overAt = new Date(noted.switched.at).getTime() + overlapHours * HOUR_MS;
  if (now.getTime() < overAt) return { findings: [] };
  const delays = [
    ...entry.consumers
      .filter((one) => described.tags.get(ackTag(one)) !== current)
      .map((one) => `${one} has not said that it uses the new one`),
    ...(tried?.uses ?? []).map(({ who }) => `${who} still uses the old one`),
  ];
  if (delays.length === 0) return { findings: [], ...(tried && { due }) };
  const what = `its old credential should have been revoked since ${new Date(overAt).toISOString()}, and ${shortened(delays)}`;
  const remedy = 'Have them read the secret again; {"retire": "now"} revokes the old credential all the same.';
  return { findings: [{ severity: 'warning', target: targetOf(entry, 'old credential'), what, remedy }] };
}

/** The tag by which a consumer says which version it uses. */
export function ackTag(consumer: string): string {
  return `nightshift:uses/${consumer}`;
}

const SHOWN = 5;

function shortened(delays: string[]): string {
  const more = delays.length - SHOWN;
  return delays.slice(0, SHOWN).join('; ') + (more > 0 ? `; and ${more} more` : '');
}
