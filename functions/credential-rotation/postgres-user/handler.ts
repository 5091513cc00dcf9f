import { rotation } from '../../runtime/rotation.ts';
import { runOf } from '../look.ts';
import { stepOf } from '../steps.ts';
import { Input, Settings } from './contract.ts';
import { postgresUser } from './kind.ts';

export const handler = rotation({
  contract: { Settings, Input },
  run: runOf(postgresUser),
  step: stepOf(postgresUser),
});
