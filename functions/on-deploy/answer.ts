/** Tells CloudFormation how it went. Without this answer a deployment waits until its time-out. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { DeployEvent } from './contract.ts';

/** CloudFormation refuses an answer of more than 4,096 bytes; this leaves room for the envelope. */
const MAX_PROBLEM_CHARACTERS = 1_000;
const ATTEMPTS = 3;

type Answer = { status: 'SUCCESS' | 'FAILED'; problems: string[] };

/**
 * Sends the answer, three times if need be.
 * @throws Error without the address, which is signed and would let anybody answer in our name
 */
export async function answer(event: DeployEvent, result: Answer, pauseMs = 1_000): Promise<void> {
  const body = new TextEncoder().encode(JSON.stringify(envelope(event, result)));
  let last = '';
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    last = await put(event.ResponseURL, body);
    if (last === '') return;
    await sleep(pauseMs);
  }
  throw new Error(`CloudFormation did not take the answer, ${ATTEMPTS} times: ${last}`);
}

function envelope(event: DeployEvent, { status, problems }: Answer) {
  const told = problems.join(' ').slice(0, MAX_PROBLEM_CHARACTERS) || 'none';
  return {
    Status: status,
    Reason: told,
    // Always the same: another id would make CloudFormation delete what it takes for the old resource.
    PhysicalResourceId: event.RequestType === 'Create' ? event.LogicalResourceId : event.PhysicalResourceId,
    StackId: event.StackId,
    RequestId: event.RequestId,
    LogicalResourceId: event.LogicalResourceId,
    Data: { Problems: told },
  };
}

/** @returns what went wrong, or '' */
async function put(url: string, body: Uint8Array<ArrayBuffer>): Promise<string> {
  try {
    // Bytes, not text: fetch would add a content type to text, and the address is signed without one.
    const response = await fetch(url, { method: 'PUT', body, signal: AbortSignal.timeout(10_000) });
    return response.ok ? '' : `status ${response.status}`;
  } catch (error) {
    return error instanceof Error ? error.name : 'an unknown error';
  }
}
