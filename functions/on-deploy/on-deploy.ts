/** What a deployment starts. Everything here is a convenience, so a fault becomes a sentence in an output, not a rollback. */
import { describe } from '../runtime/errors.ts';
import { explain } from '../runtime/schema-error.ts';
import { type DeployEvent, Properties, type SavedEvents } from './contract.ts';

export type SavedEventsStore = {
  /** Saves `events` for the Test button of one function and takes away those of `outdated`; a person's own stay. */
  save(functionName: string, events: SavedEvents['Events'], outdated: string[]): Promise<void>;
  /** Takes away all saved events of one function, which is going away itself. */
  remove(functionName: string): Promise<void>;
};

export type Ports = {
  savedEvents: SavedEventsStore;
  /**
   * Runs the watcher and waits for it: its silence has an alarm, which CloudFormation makes when this is done, and which would
   * ring at once if no run had been measured by then.
   */
  runWatch(watchArn: string): Promise<void>;
};

/** @returns one sentence for each thing that could not be done; none when all was */
export async function onDeploy(event: DeployEvent, ports: Ports): Promise<string[]> {
  const wanted = Properties.safeParse(event.ResourceProperties);
  if (!wanted.success)
    return [
      explain(wanted.error, {
        input: event.ResourceProperties,
        schema: Properties,
        what: 'the deploy hook’s properties',
      }),
    ];
  const { Functions: functions, WatchArn: watchArn } = wanted.data;
  const { savedEvents } = ports;
  if (event.RequestType === 'Delete') return removeAll(functions, savedEvents);
  const before = event.RequestType === 'Update' ? functionsOf(event.OldResourceProperties) : [];
  const problems = [];
  for (const { Name: name, Events: events } of functions) {
    const outdated = titles(before.find((old) => old.Name === name)).filter((title) => !Object.hasOwn(events, title));
    problems.push(await attempt(`save the test events of ${name}`, () => savedEvents.save(name, events, outdated)));
  }
  const gone = before.filter((old) => !functions.some(({ Name: name }) => name === old.Name));
  problems.push(...(await removeAll(gone, savedEvents)));
  problems.push(await attempt('run watch', () => ports.runWatch(watchArn)));
  return problems.filter((problem) => problem !== undefined);
}

/** None where an older Nightshift described them otherwise: what it saved then stays until somebody removes it. */
function functionsOf(properties: unknown): SavedEvents[] {
  return Properties.safeParse(properties).data?.Functions ?? [];
}

function titles(saved: SavedEvents | undefined): string[] {
  return Object.keys(saved?.Events ?? {});
}

async function removeAll(functions: SavedEvents[], savedEvents: SavedEventsStore): Promise<string[]> {
  const problems = [];
  for (const { Name: name } of functions) {
    problems.push(await attempt(`remove the test events of ${name}`, () => savedEvents.remove(name)));
  }
  return problems.filter((problem) => problem !== undefined);
}

async function attempt(what: string, act: () => Promise<void>): Promise<string | undefined> {
  try {
    await act();
    return undefined;
  } catch (error) {
    return `Could not ${what}: ${describe(error)}`;
  }
}
