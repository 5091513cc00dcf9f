import { beforeAll, describe, expect, it } from 'vitest';
import type { RecordedRequest } from '../../local/aws/requests.ts';
import { REQUEST_LOG } from '../request-log.ts';
import { type Held, hold } from './checker.ts';
import { allDeployed } from './deployments.ts';
import { NEVER_ASKED, NO_FUNCTION } from './never-asked.ts';
import { readRequests } from './request.ts';

let requests: RecordedRequest[];
let held: Held[];
beforeAll(async () => {
  requests = readRequests(REQUEST_LOG);
  held = await Promise.all(allDeployed().map((deployment) => hold(deployment, requests)));
});

describe('what the tests asked for as a deployed function', () => {
  it('is allowed by that function’s role, also where a test then denied it or lost it', () => {
    expect(held.flatMap(({ refused }) => refused)).toEqual([]);
  });

  it('is all of it: no request came from a caller that is neither a function nor known to be none', () => {
    const functions = allDeployed().flatMap(({ roles }) => roles.map(({ caller }) => caller));
    const known = new Set([...functions, ...NO_FUNCTION]);
    const callers = new Set(requests.map(({ caller }) => caller));
    expect([...callers].filter((caller) => !known.has(caller))).toEqual([]);
    expect([...new Set(functions)].filter((caller) => !callers.has(caller))).toEqual([]);
  });
});

describe('what a role allows', () => {
  const names = (all: Held[], isExcused: boolean) =>
    all
      .flatMap(({ unused }) => unused)
      .filter(({ action }) => action in NEVER_ASKED === isExcused)
      .map(({ caller, action, resource, condition }) => `${caller}: ${action} on ${resource} ${condition}`.trim());

  it('was used by a test of that function in that mode, or says why no code of ours uses it', () => {
    expect([...new Set(names(held, false))]).toEqual([]);
  });

  it('needs each excuse that is on the list', () => {
    const excused = new Set(held.flatMap(({ unused }) => unused.map(({ action }) => action)));
    expect(Object.keys(NEVER_ASKED).filter((action) => !excused.has(action))).toEqual([]);
  });
});
