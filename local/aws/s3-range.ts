/** The part of an object that a Range header asks for. */
import { NotModelledError, ServiceError } from './service-error.ts';
import type { WireRequest } from './wire.ts';

/** Undefined where all is asked for; `to` is the last byte. Throws InvalidRange for one that begins behind the end. */
export function requestedRange(request: WireRequest, bytes: number): { from: number; to: number } | undefined {
  const { range } = request.headers;
  if (range === undefined) return undefined;
  const [, from, to] = /^bytes=(\d+)-(\d*)$/.exec(range) ?? [];
  if (from === undefined || to === undefined) throw new NotModelledError('s3:GetObject', `Range ${range}`);
  if (Number(from) >= bytes) {
    throw new ServiceError({ code: 'InvalidRange', status: 416 }, 'the requested range is not satisfiable');
  }
  return { from: Number(from), to: to === '' ? bytes - 1 : Math.min(Number(to), bytes - 1) };
}
