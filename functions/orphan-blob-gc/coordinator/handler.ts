import { durable } from '../../runtime/durable.ts';
import { executionMinutes, Input, Settings } from './contract.ts';
import { run } from './run.ts';

export const handler = durable({ contract: { Settings, Input }, executionMinutes, run });
