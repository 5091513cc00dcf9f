import { describe, expect, it } from 'vitest';
import { DeployEvent } from '../../../functions/on-deploy/contract.ts';
import { onDeploy, type Ports } from '../../../functions/on-deploy/on-deploy.ts';
import { deployEvent } from './cloud-formation.ts';

const WATCH = 'arn:aws:lambda:eu-central-1:111122223333:function:watch:live';

type Saved = Record<string, Record<string, unknown>>;

/** A registry and a watcher in memory; `broken` names the acts that fail. */
function account(saved: Saved = {}, broken: string[] = []) {
  const started: string[] = [];
  const failing = (act: string) => {
    if (broken.includes(act)) throw new Error(`${act} is forbidden`);
  };
  const ports: Ports = {
    savedEvents: {
      async save(name, events, outdated) {
        failing('save');
        const kept = Object.entries(saved[name] ?? {}).filter(([title]) => !outdated.includes(title));
        saved[name] = { ...Object.fromEntries(kept), ...events };
      },
      async remove(name) {
        failing('remove');
        delete saved[name];
      },
    },
    async runWatch(arn) {
      failing('start');
      started.push(arn);
    },
  };
  return { ports, saved, started };
}

const properties = (functions: Saved) => ({
  WatchArn: WATCH,
  Functions: Object.entries(functions).map(([Name, events]) => ({ Name, Events: JSON.stringify(events) })),
});

const parsed = (fields: Record<string, unknown>) => DeployEvent.parse(deployEvent(fields));
const report = { 'report-now': { mode: 'report' } };
const enforce = { 'enforce-now': { mode: 'enforce' } };

describe('a deployment', () => {
  it('saves the events of each function and starts watch once', async () => {
    const { ports, saved, started } = account();
    const problems = await onDeploy(
      parsed({ ResourceProperties: properties({ audit: report, watch: report }) }),
      ports,
    );
    expect({ problems, saved, started }).toEqual({
      problems: [],
      saved: { audit: report, watch: report },
      started: [WATCH],
    });
  });

  it('takes away what it no longer offers, and leaves what a person saved', async () => {
    const { ports, saved } = account({ audit: { ...report, ...enforce, mine: { restore: ['K'] } }, gone: report });
    const event = parsed({
      RequestType: 'Update',
      PhysicalResourceId: 'Hook',
      ResourceProperties: properties({ audit: report }),
      OldResourceProperties: properties({ audit: { ...report, ...enforce }, gone: report }),
    });
    expect(await onDeploy(event, ports)).toEqual([]);
    expect(saved).toEqual({ audit: { ...report, mine: { restore: ['K'] } } });
  });

  it('goes on after each thing that fails, and tells of every one', async () => {
    const { ports, started } = account({}, ['save']);
    const problems = await onDeploy(
      parsed({ ResourceProperties: properties({ audit: report, watch: report }) }),
      ports,
    );
    expect(problems).toEqual([
      'Could not save the test events of audit: save is forbidden',
      'Could not save the test events of watch: save is forbidden',
    ]);
    expect(started).toEqual([WATCH]);
  });

  it('tells that watch was not started', async () => {
    const { ports } = account({}, ['start']);
    expect(await onDeploy(parsed({ ResourceProperties: properties({}) }), ports)).toEqual([
      'Could not run watch: start is forbidden',
    ]);
  });

  it('tells which of its properties are unusable, and touches nothing', async () => {
    const { ports, saved, started } = account();
    const Functions = [{ Name: 'audit', Events: 'not JSON' }];
    const problems = await onDeploy(parsed({ ResourceProperties: { WatchArn: WATCH, Functions } }), ports);
    expect(problems.join()).toContain('Functions[0].Events');
    expect({ saved, started }).toEqual({ saved: {}, started: [] });
  });
});

describe('taking the stack away', () => {
  it('removes its own saved events, and starts nothing', async () => {
    const { ports, saved, started } = account({ audit: report, somebody: report });
    const event = parsed({
      RequestType: 'Delete',
      PhysicalResourceId: 'Hook',
      ResourceProperties: properties({ audit: report }),
    });
    expect(await onDeploy(event, ports)).toEqual([]);
    expect({ saved, started }).toEqual({ saved: { somebody: report }, started: [] });
  });
});
