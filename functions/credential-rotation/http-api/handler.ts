import { rotation } from '../../runtime/rotation.ts';
import { runOf } from '../look.ts';
import { stepOf } from '../steps.ts';
import { Input, Settings } from './contract.ts';
import { httpApi } from './kind.ts';

export const handler = rotation({
  contract: { Settings, Input },
  run: runOf(httpApi),
  step: stepOf(httpApi),
});
