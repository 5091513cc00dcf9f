import { runbook } from '../../runtime/runbook.ts';
import { Input, Settings } from './contract.ts';
import { run } from './run.ts';

export const handler = runbook({ contract: { Settings, Input }, run });
