/**
 * What CloudFormation tells the deploy hook. The envelope is AWS's and may grow; the properties are ours, and are read by
 * themselves, so that an envelope whose properties are unusable can still be answered.
 */
import * as z from 'zod';

/** `{ title: event }` as JSON text, because CloudFormation turns each number and boolean in a property into a string. */
const Events = z
  .string()
  .transform((text, context) => {
    try {
      return JSON.parse(text) as unknown;
    } catch {
      context.addIssue({ code: 'custom', message: 'must be JSON' });
      return z.NEVER;
    }
  })
  .pipe(z.record(z.string(), z.record(z.string(), z.unknown())));

export const Properties = z.looseObject({
  /** The alias of the watcher, which runs once for each deployment that changed a function. */
  WatchArn: z.string(),
  /** The saved events of each function, by its physical name. */
  Functions: z.array(z.looseObject({ Name: z.string(), Events })),
});
export type SavedEvents = z.output<typeof Properties>['Functions'][number];

const envelope = {
  ResponseURL: z.url(),
  StackId: z.string(),
  RequestId: z.string(),
  LogicalResourceId: z.string(),
  ResourceProperties: z.unknown(),
};

export const DeployEvent = z.discriminatedUnion('RequestType', [
  z.looseObject({ ...envelope, RequestType: z.literal('Create') }),
  z.looseObject({
    ...envelope,
    RequestType: z.literal('Update'),
    PhysicalResourceId: z.string(),
    OldResourceProperties: z.unknown(),
  }),
  z.looseObject({ ...envelope, RequestType: z.literal('Delete'), PhysicalResourceId: z.string() }),
]);
export type DeployEvent = z.output<typeof DeployEvent>;
