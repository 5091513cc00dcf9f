/** What a replay must not do again. */

/**
 * Does something at most once in a run, under a name of its own. In a durable run what comes back has been through JSON: a Date is a
 * text then, and what cannot be written is gone. An error comes back with its name and message only.
 */
export type Once = <Value>(name: string, act: () => Promise<Value>) => Promise<Value>;

/** A run within one invocation is never replayed. */
export const plainly: Once = (_name, act) => act();

/** The last step of every durable run; it answers the report. */
export const CONCLUDE = 'conclude';
