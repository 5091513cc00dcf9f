import type * as z from 'zod';
import { explain } from '../functions/runtime/schema-error.ts';

/** Thrown for a file in `systems/` or a room's settings that cannot be deployed; the message holds every error. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
}

/** `input` with its defaults filled in, or a SettingsError that names each wrong field; `what` names the whole of it. */
export function checked<Schema extends z.ZodType>(schema: Schema, input: unknown, what: string): z.output<Schema> {
  const result = schema.safeParse(input);
  if (result.success) return result.data;
  throw new SettingsError(explain(result.error, { input, schema, what }));
}
