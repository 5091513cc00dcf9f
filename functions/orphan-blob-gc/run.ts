/** read → decide → apply, for the blobs of one system. */
import { RefusalError } from '../runtime/errors.ts';
import type { Result } from '../runtime/invocation.ts';
import { objectionToEnforce } from './contract.ts';
import { mark, type Run } from './mark.ts';
import { sweep } from './sweep.ts';
import { undo } from './undo.ts';

export async function run(gc: Run): Promise<Result> {
  // The way back is open whatever settings say by now.
  if (gc.input.undo !== undefined) return undo(gc, gc.input.undo);
  const objection = gc.mode === 'enforce' ? objectionToEnforce(gc.settings) : undefined;
  if (objection !== undefined) throw new RefusalError(objection);
  return gc.input.phase === 'sweep' ? sweep(gc) : mark(gc);
}
