/**
 * The name and the label of a scratch database. They say whose it is, and since when, twice: a label cannot be given in the statement
 * that makes a database, and a run may die between the two. Pure.
 */
import { createHash } from 'node:crypto';

/** Whose scratch it is. Several systems may share one isolated PostgreSQL. */
export type Maker = { system: string; runbook: string; runId: string };

type Label = Maker & { at: string };

const PREFIX = 'nightshift_scratch_';
const NAME = /^nightshift_scratch_[a-z0-9_]{1,15}_([0-9a-f]{6})_(\d{14})_[0-9a-f]{6}$/;
const LABEL = 'nightshift scratch ';
const STAMP = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)$/;

/** So that a whole name has 63 bytes at most: PostgreSQL cuts longer ones in silence, and they would be other names. */
const RUNBOOK_BYTES = 15;

/** @param at by the server's own clock */
export function nameOf(maker: Maker, at: Date): string {
  const readable = maker.runbook.replaceAll(/[^a-z0-9]/g, '_').slice(0, RUNBOOK_BYTES);
  const stamp = at
    .toISOString()
    .replaceAll(/[^0-9]/g, '')
    .slice(0, 14);
  return `${PREFIX}${readable}_${markOf(maker)}_${stamp}_${digest(maker.runId)}`;
}

export function labelOf(maker: Maker, at: Date): string {
  return LABEL + JSON.stringify({ ...maker, at: at.toISOString() } satisfies Label);
}

/** Undefined where it is not the name of a scratch of anybody's. `mark` tells whose. */
export function readName(name: string): { mark: string; at: number } | undefined {
  const [, mark, stamp] = NAME.exec(name) ?? [];
  if (mark === undefined || stamp === undefined) return undefined;
  const at = Date.parse(stamp.replace(STAMP, '$1-$2-$3T$4:$5:$6Z'));
  return Number.isNaN(at) ? undefined : { mark, at };
}

/** Undefined where it is no label of ours. */
export function readLabel(comment: string): { mark: string; at: number } | undefined {
  if (!comment.startsWith(LABEL)) return undefined;
  try {
    const { system, runbook, at } = JSON.parse(comment.slice(LABEL.length)) as Label;
    const time = Date.parse(at);
    return Number.isNaN(time) ? undefined : { mark: markOf({ system, runbook }), at: time };
  } catch {
    return undefined;
  }
}

/** The same for every run of one runbook of one system. */
export function markOf({ system, runbook }: Pick<Maker, 'system' | 'runbook'>): string {
  return digest(`${system}/${runbook}`);
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 6);
}
