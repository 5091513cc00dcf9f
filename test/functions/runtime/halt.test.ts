import { describe, expect, it } from 'vitest';
import { openHalt } from '../../../functions/runtime/halt.ts';
import { HALT_PARAMETER, useAccount } from './account.ts';

const account = useAccount();
const ask = (parameter = HALT_PARAMETER) => openHalt(parameter)();

describe('F15 the halt parameter', () => {
  it('lets run, and stops, as it says', async () => {
    account.aws.putParameter(HALT_PARAMETER, 'run');
    expect(await ask()).toEqual({ go: true });
    account.aws.putParameter(HALT_PARAMETER, 'halt');
    expect(await ask()).toMatchObject({ go: false, kind: 'halted', because: expect.stringContaining(HALT_PARAMETER) });
  });

  it('is asked anew each time', async () => {
    const halt = openHalt(HALT_PARAMETER);
    account.aws.putParameter(HALT_PARAMETER, 'run');
    expect((await halt()).go).toBe(true);
    account.aws.putParameter(HALT_PARAMETER, 'halt');
    expect((await halt()).go).toBe(false);
  });

  it.each(['', 'RUN', 'run ', 'true', 'go'])('means halt where it says %j', async (value) => {
    account.aws.putParameter(HALT_PARAMETER, value);
    expect(await ask()).toMatchObject({
      go: false,
      kind: 'unreadable',
      because: expect.stringContaining('allowed are run and halt'),
    });
  });

  it('means halt where it is not there, or may not be read', async () => {
    expect(await ask('/nightshift/none')).toMatchObject({ go: false, kind: 'unreadable' });
    account.aws.faults.deny('trial', 'ssm:GetParameter');
    expect(await ask()).toMatchObject({
      go: false,
      kind: 'unreadable',
      because: expect.stringContaining('cannot be read, which means halt'),
    });
  });
});
