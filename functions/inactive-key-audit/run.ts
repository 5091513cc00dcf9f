/** read → decide → apply, for the access keys of one system. */
import { notBegun } from '../runtime/carry-out.ts';
import { logIn } from '../runtime/database.ts';
import type { Invocation, Result } from '../runtime/invocation.ts';
import { apply } from './apply.ts';
import type { Input, Settings } from './contract.ts';
import { examine } from './examine.ts';
import { restore } from './restore.ts';
import { settle } from './settle.ts';

export async function run(audit: Invocation<Settings, Input>): Promise<Result> {
  const reader = await logIn(audit, 'reader');
  try {
    if (audit.input.restore) return await restore(audit, { reader, keyIds: audit.input.restore });
    const settled = await settle(audit, reader);
    const { plan, ...looked } = await examine(audit, reader);
    const applied = await apply(audit, plan).catch(notBegun);
    return { ...looked, ...applied, outcomes: [...settled, ...applied.outcomes] };
  } finally {
    await reader.close();
  }
}
