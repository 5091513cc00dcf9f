/** The reader’s sessions of one run: while the first streams rows, a second one looks up what seems to be lost. */
import { type LoggingIn, logIn } from '../runtime/database.ts';
import type { Session } from '../runtime/postgres.ts';

export type Sessions = { first(): Promise<Session>; second(): Promise<Session>; close(): Promise<void> };

/** Each is opened when it is asked for, and once. */
export function openSessions(run: LoggingIn): Sessions {
  const open = new Map<string, Promise<Session>>();
  const session = (name: string) => {
    const known = open.get(name) ?? logIn(run, 'reader');
    open.set(name, known);
    return known;
  };
  return {
    first: () => session('first'),
    second: () => session('second'),
    close: async () => {
      const opened = await Promise.allSettled(open.values());
      await Promise.all(opened.map((one) => (one.status === 'fulfilled' ? one.value.close() : undefined)));
    },
  };
}
