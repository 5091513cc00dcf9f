/** What Akamai has against a request, in its own words, and whether these say that the credential is wrong. */
import * as z from 'zod';
import { RefusalError } from '../../runtime/errors.ts';
import type { Answer } from './signed-request.ts';

const Problem = z.object({ type: z.string(), title: z.string(), detail: z.string() }).partial();
type Problem = z.infer<typeof Problem>;

/**
 * Of the part of Akamai that authenticates, before any API is asked. A credential that is switched off or has expired, one with
 * another secret, and one that there never was or is no more. Everything else says nothing of the credential (F36).
 */
const WRONG: { status: number; type: string; details: string[] }[] = [
  { status: 401, type: '/-/pep-authn/deny', details: ['Inactive client token', 'The signature does not match'] },
  {
    status: 400,
    type: '/-/pep-authn/request-error',
    details: ['Invalid authorization client token', 'Invalid client token'],
  },
];

export function isWrongCredential(answer: Answer): boolean {
  const { type = '', detail = '' } = problemOf(answer);
  return WRONG.some((one) => answer.status === one.status && type.endsWith(one.type) && one.details.includes(detail));
}

/** @throws RefusalError always. Nothing secret is ever sent to Akamai, so its words can hold nothing secret */
export function refuse(host: string, what: string, answer: Answer): never {
  const { title, detail } = problemOf(answer);
  const words = [title, detail].filter((text) => text).join(': ');
  const clock = detail === 'Invalid timestamp' ? ` ${clockOf(answer)}` : '';
  throw new RefusalError(`${host} ${what}: ${answer.status} ${words.slice(0, 200)}.${clock}`);
}

/** EdgeGrid takes 30 s either way (F18). */
function clockOf({ at }: Answer): string {
  const seconds = at === undefined ? 'some' : Math.round((at.getTime() - Date.now()) / 1000);
  return `Its clock is ${seconds} s from this function’s; it takes at most 30.`;
}

function problemOf({ body }: Answer): Problem {
  const parsed = Problem.safeParse(body);
  return parsed.success ? parsed.data : {};
}
