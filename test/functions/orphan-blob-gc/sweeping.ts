/** The same system where the collector may act: with the actor's secret, and blobs that have waited for their grace. */
import { gunzipSync, gzipSync } from 'node:zlib';
import { beforeEach } from 'vitest';
import type { Taken } from '../../../functions/orphan-blob-gc/taken.ts';
import type { Outcome, Report } from '../../../functions/runtime/report.ts';
import type { BlobToPlant } from '../../../local/blobs/plant.ts';
import { ACTOR } from '../../../local/blobs/roles.ts';
import { hashOf, keyOf } from '../../../local/blobs/schema.ts';
import { watchingRequests } from '../meanwhile.ts';
import {
  type Asked,
  BUCKET,
  call,
  deploymentOf,
  evidence,
  type Ground,
  renew,
  settingsOf,
  useGround,
} from './ground.ts';

const EVIDENCE = 'alexander-evidence';
const PASSWORD = 'not-a-secret-0123456789abcdef';
const DAY_MS = 86_400_000;

export type Sweeping = Ground & { actorArn: string; enforcing: Record<string, string> };

export function useSweeping(): Sweeping {
  const ground = useGround() as Sweeping;
  beforeEach(() => letAct(ground));
  return ground;
}

/** Once more from the beginning, within one test. */
export async function again(ground: Sweeping): Promise<void> {
  await ground.aws.stop();
  await renew(ground);
  letAct(ground);
}

function letAct(ground: Sweeping): void {
  const { aws, postgres } = ground;
  const login = { username: ACTOR, password: PASSWORD, host: 'localhost', port: postgres.port, dbname: 'postgres' };
  ground.actorArn = aws.createSecret('alexander/blobs-actor', JSON.stringify(login));
  actAs(ground, 'orphan-blob-gc enforce');
}

/** Each kind of quarantine has a role of its own. */
export function actAs(ground: Sweeping, caller: string): void {
  const { accessKeyId, secretAccessKey } = ground.aws.credentialsFor(caller);
  ground.enforcing = {
    ...ground.environment,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
  };
}

/** Deployed in enforce mode, unless asked otherwise. */
export function act(ground: Sweeping, { mode = 'enforce', edit, ...asked }: Asked = {}): Promise<Report> {
  const environment = mode === 'enforce' ? ground.enforcing : ground.environment;
  const withActor: NonNullable<Asked['edit']> = (settings) => {
    if (mode === 'enforce') addActor(ground, settings);
    edit?.(settings);
  };
  return call({ ...ground, environment }, { mode, edit: withActor, ...asked });
}

// biome-ignore lint/suspicious/noExplicitAny: tests write settings that the contract would not allow
function addActor({ actorArn }: Sweeping, settings: any): void {
  settings.database.actor = { secretArn: actorArn };
}

/** As a deploy in enforce mode would write it. */
export function enforcingDeployment(ground: Sweeping, edit: NonNullable<Asked['edit']> = () => {}) {
  const settings = settingsOf(ground);
  addActor(ground, settings);
  edit(settings);
  return deploymentOf(settings, 'enforce');
}

/** A single shard: sixteen are sixteen manifests, and nothing else that matters here. */
export const ONE_SHARD: NonNullable<Asked['edit']> = (settings) => {
  settings.shards = 1;
};

export const sweep = (ground: Sweeping, asked: Asked = {}) => act(ground, { event: { phase: 'sweep' }, ...asked });
export const undo = (ground: Sweeping, runId: string, asked: Asked = {}) =>
  act(ground, { event: { undo: runId }, ...asked });

const OLD = { objectHours: 500, rowHours: 500 };

/** One blob that is needed and orphans of both kinds, all marked longer ago than the grace. Resolves with the keys of the orphans. */
export async function plantOrphans(
  ground: Sweeping,
  { orphans = ['orphan'], rowless = [] }: { orphans?: string[]; rowless?: string[] } = {},
  asked: Asked = {},
): Promise<string[]> {
  const blobs: BlobToPlant[] = [
    { content: 'needed', ...OLD, references: 1 },
    ...orphans.map((content) => ({ content, ...OLD })),
    ...rowless.map((content) => ({ content, objectHours: OLD.objectHours })),
  ];
  await ground.plant(blobs);
  await markLongAgo(ground, asked);
  return [...orphans, ...rowless].map(key).toSorted();
}

/** Marks, and makes that many days of it. */
export async function markLongAgo(ground: Sweeping, asked: Asked = {}, days = 8): Promise<Report> {
  const report = await act(ground, { event: { phase: 'mark' }, ...asked });
  age(ground, /\.marked-[^/]*\.jsonl\.gz$/, days);
  return report;
}

/** What was marked, or taken, was so that many days earlier: the clock of the account stays with that of this machine. */
export function age({ aws }: Ground, which: RegExp, days: number): void {
  const older = (_: string, name: string, at: string) =>
    `"${name}":"${new Date(Date.parse(at) - days * DAY_MS).toISOString()}"`;
  const aged = (text: string) => text.replaceAll(/"(markedAt|at|undoneAt)":"([^"]+)"/g, older);
  for (const { key: name, body } of evidence(aws).filter((object) => which.test(object.key))) {
    const isZipped = name.endsWith('.gz');
    const text = aged((isZipped ? gunzipSync(body) : body).toString());
    aws.putObject(EVIDENCE, name, isZipped ? gzipSync(text) : text);
  }
}

export const TABLES = ['blobs', 'objects', 'multipart_parts'];
export const TAKEN = /taken\.json$/;

export function key(content: string): string {
  return keyOf(hashOf(content));
}

/** Contents of the blobs that can be read, in the order of their keys. */
export function readable({ aws }: Ground): string[] {
  return aws
    .objects(BUCKET)
    .filter((object) => /^[0-9a-f]{2}\//.test(object.key))
    .map(({ body }) => body.toString());
}

export async function rows({ sql }: Ground): Promise<string[]> {
  const found = await sql<{ row: string }>('SELECT to_jsonb(b)::text AS row FROM blobs b ORDER BY content_hash');
  return found.map(({ row }) => row);
}

export function takenState({ aws }: Ground): Taken {
  const state = evidence(aws).find((object) => TAKEN.test(object.key));
  return state === undefined ? { after: '', sweeps: [] } : (JSON.parse(state.body.toString()) as Taken);
}

export function targets({ outcomes }: Report, action: 'quarantine' | 'restore', status: Outcome['status']): string[] {
  return outcomes
    .filter((outcome) => outcome.action === action && outcome.status === status)
    .map(({ target }) => target);
}

/** A new reference to the blob, as a writer commits it. */
export function refer({ sql }: Ground, content: string): Promise<unknown> {
  return sql('INSERT INTO multipart_parts (upload_id, part_number, content_hash) VALUES ($1, 1, $2)', [
    `upload of ${content}`,
    hashOf(content),
  ]);
}

/** What a run asked of the blobs' bucket that changes anything there, without the probe. */
export function changes({ aws }: Ground): string[] {
  return aws
    .requests()
    .filter(({ resource, changing }) => changing && resource.startsWith(`arn:aws:s3:::${BUCKET}/`))
    .filter(({ resource }) => !resource.endsWith('nightshift-probe'))
    .map(({ operation, resource }) => `${operation} ${resource}`);
}

/** Does something when this request arrives, before it is answered; once. */
export async function onceAt<Result>(
  request: string | ((text: string) => boolean),
  act: () => void,
  work: () => Promise<Result>,
): Promise<Result> {
  let isDone = false;
  const isIt = typeof request === 'string' ? (text: string) => text.startsWith(request) : request;
  return watchingRequests(({ method, url }) => {
    if (isDone || !isIt(`${method} ${url}`)) return;
    isDone = true;
    act();
  }, work);
}
