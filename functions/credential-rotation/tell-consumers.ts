/** Tells programs that a credential has changed: an event on the account's bus, and a webhook if settings name one. Never a value. */
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { CLIENT, namesItsEndpoint } from '../runtime/aws.ts';
import { describe, RefusalError } from '../runtime/errors.ts';
import { readSecretText } from '../runtime/secret-text.ts';
import type { Subject } from './kind.ts';

export const SOURCE = 'nightshift.credential-rotation';
const DETAIL_TYPE = 'Credential Rotated';

/** A consumer's own endpoint; longer, and the rotation goes on without it and tries again. */
const WEBHOOK_TIMEOUT_MS = 5_000;

/**
 * At least once for each version: it is noted only after everybody was told. A step whose telling failed is done again.
 * @throws RefusalError where somebody could not be told
 */
export async function tellConsumers(
  { run, entry, notes }: Subject,
  { versionId }: { versionId: string },
): Promise<void> {
  if (notes.now().toldOf === versionId) return;
  const { secretArn, consumers } = entry;
  const detail = { system: run.system, runbook: run.runbook, runId: run.runId, secretArn, versionId, consumers };
  await putOnBus(detail);
  if (run.settings.webhook) await post(await readSecretText(run.settings.webhook.secretArn), detail);
  await notes.write({ toldOf: versionId });
}

async function putOnBus(detail: { secretArn: string }): Promise<void> {
  const entry = {
    Source: SOURCE,
    DetailType: DETAIL_TYPE,
    Detail: JSON.stringify(detail),
    Resources: [detail.secretArn],
  };
  try {
    const client = namesItsEndpoint(new EventBridgeClient(CLIENT));
    const { FailedEntryCount, Entries } = await client.send(new PutEventsCommand({ Entries: [entry] }));
    if (FailedEntryCount) throw new Error(Entries?.[0]?.ErrorCode ?? 'an event was not taken');
  } catch (error) {
    throw new RefusalError(`Consumers could not be told on the event bus: ${describe(error)}`, { cause: error });
  }
}

/** The URL is a secret, so nothing of it is told, and nothing that the other side answers. */
async function post(url: string, detail: object): Promise<void> {
  if (!isPrivate(url))
    throw new RefusalError('The webhook’s secret holds no https URL. Plain http is for this machine itself only.');
  const body = JSON.stringify({ source: SOURCE, 'detail-type': DETAIL_TYPE, detail });
  const signal = AbortSignal.timeout(WEBHOOK_TIMEOUT_MS);
  const asked = {
    method: 'POST',
    body,
    headers: { 'content-type': 'application/json' },
    signal,
    redirect: 'error',
  } as const;
  const answer = await fetch(url, asked).catch(() => undefined);
  if (!answer?.ok)
    throw new RefusalError(`The webhook did not take the news (${answer ? answer.status : 'no answer'}).`);
}

const LOOPBACK = ['127.0.0.1', '[::1]', 'localhost'];

function isPrivate(url: string): boolean {
  const { protocol, hostname } = URL.parse(url) ?? {};
  return protocol === 'https:' || (protocol === 'http:' && LOOPBACK.includes(hostname ?? ''));
}
