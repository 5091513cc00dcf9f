/** read → decide → apply, for the blobs of one system. */
import { RUN } from '../runtime/attempt.ts';
import { RefusalError } from '../runtime/errors.ts';
import type { Result } from '../runtime/invocation.ts';
import { type Input, objectionToEnforce } from './contract.ts';
import { mark, type Run } from './mark.ts';
import { markPart } from './mark-part.ts';
import { sweep } from './sweep.ts';
import { undo } from './undo.ts';

/** A part has a lease of its own: its coordinator has the runbook’s. */
export function aloneIn({ part }: Input): string {
  return part === undefined ? RUN : `lane-${part.lane}.json`;
}

export async function run(gc: Run): Promise<Result> {
  // The way back is open whatever settings say by now.
  if (gc.input.undo !== undefined) return undo(gc, gc.input.undo);
  if (gc.input.part !== undefined) return markPart(gc, gc.input.part);
  const objection = gc.mode === 'enforce' ? objectionToEnforce(gc.settings) : undefined;
  if (objection !== undefined) throw new RefusalError(objection);
  return gc.input.phase === 'sweep' ? sweep(gc) : mark(gc);
}
