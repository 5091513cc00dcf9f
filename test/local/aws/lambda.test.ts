import { InvokeCommand, ListFunctionsCommand } from '@aws-sdk/client-lambda';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type StandIn, startStandIn } from '../../../local/aws/stand-in.ts';
import { clientsFor, errorOf } from './clients.ts';

const ALIAS_ARN = 'arn:aws:lambda:eu-central-1:111122223333:function:watch:live';

describe('the stand-in for Lambda', () => {
  let standIn: StandIn;
  let lambda: ReturnType<typeof clientsFor>['lambda'];
  beforeEach(async () => {
    standIn = await startStandIn();
    lambda = clientsFor(standIn).lambda;
  });
  afterEach(() => standIn.stop());

  it.each([
    { FunctionName: ALIAS_ARN },
    { FunctionName: 'watch:live' },
    { FunctionName: 'watch', Qualifier: 'live' },
  ])('runs what was registered, however the alias is named: %o', async (named) => {
    standIn.registerFunction('watch', (event, qualifier) => ({ event, qualifier }));
    const answer = await lambda.send(new InvokeCommand({ ...named, Payload: '{"a":1}' }));
    expect(answer).toMatchObject({ StatusCode: 200, ExecutedVersion: 'live' });
    expect(JSON.parse(answer.Payload?.transformToString() ?? '')).toEqual({ event: { a: 1 }, qualifier: 'live' });
    const recorded = { action: 'lambda:InvokeFunction', resource: ALIAS_ARN, changing: true, status: 200 };
    expect(standIn.requests()).toMatchObject([recorded]);
  });

  it('answers an event at once, and runs it', async () => {
    const finish = Promise.withResolvers<void>();
    const run = vi.fn(() => finish.promise);
    standIn.registerFunction('watch', run);
    const answer = await lambda.send(new InvokeCommand({ FunctionName: 'watch', InvocationType: 'Event' }));
    expect(answer.StatusCode).toBe(202);
    expect(run).toHaveBeenCalledWith({}, undefined);
    finish.resolve();
  });

  it('says so when the function throws, with its error as the payload', async () => {
    standIn.registerFunction('watch', () => {
      throw new TypeError('no');
    });
    const answer = await lambda.send(new InvokeCommand({ FunctionName: 'watch' }));
    expect(answer).toMatchObject({ StatusCode: 200, FunctionError: 'Unhandled' });
    const payload = JSON.parse(answer.Payload?.transformToString() ?? '');
    expect(payload).toEqual({ errorType: 'TypeError', errorMessage: 'no' });
  });

  it('refuses a function that is not there, and a payload that is not JSON', async () => {
    const absent = lambda.send(new InvokeCommand({ FunctionName: 'none' }));
    expect(await errorOf(absent)).toMatchObject({ name: 'ResourceNotFoundException', status: 404 });
    const broken = lambda.send(new InvokeCommand({ FunctionName: 'none', Payload: '{' }));
    expect(await errorOf(broken)).toMatchObject({ name: 'InvalidRequestContentException', status: 400 });
  });

  it('names what it does not model', async () => {
    expect((await errorOf(lambda.send(new ListFunctionsCommand({})))).status).toBe(501);
    const dryRun = lambda.send(new InvokeCommand({ FunctionName: 'watch', InvocationType: 'DryRun' }));
    expect((await errorOf(dryRun)).message).toBe('stand-in does not model type DryRun of lambda:Invoke');
    const tailed = lambda.send(new InvokeCommand({ FunctionName: 'watch', LogType: 'Tail' }));
    expect((await errorOf(tailed)).message).toBe('stand-in does not model header x-amz-log-type of lambda:Invoke');
  });
});
