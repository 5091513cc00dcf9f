/** What a bucket erases by itself, and when. */
import {
  GetBucketLifecycleConfigurationCommand,
  GetBucketVersioningCommand,
  type S3Client,
  type LifecycleRule as S3Rule,
} from '@aws-sdk/client-s3';
import { ARCHIVES } from './head.ts';
import { nameOf, refusalOf } from './refusal.ts';

/** Of the enabled rules. Days that are undefined: the rule does not erase such things. */
export type LifecycleRule = {
  id: string;
  prefix: string;
  /** It is for some of what is under its prefix only: by tag, by size, or for all former versions but the newest. */
  isNarrowed: boolean;
  /** Each is 0 where it is a date: from then on, it is done to what is older and what is new alike. */
  expireDays?: number;
  noncurrentDays?: number;
  /** After how many days it puts them where they cannot be read at once (`ARCHIVES`): living ones, and former versions. */
  archiveDays?: number;
  noncurrentArchiveDays?: number;
};

/** Empty where the bucket has none. @throws RefusalError where that cannot be known */
export async function readLifecycle(client: S3Client, bucket: string): Promise<LifecycleRule[]> {
  try {
    const answer = await client.send(new GetBucketLifecycleConfigurationCommand({ Bucket: bucket }));
    return (answer.Rules ?? []).flatMap((rule) => (rule.Status === 'Enabled' ? [ruleOf(rule)] : []));
  } catch (error) {
    if (nameOf(error) === 'NoSuchLifecycleConfiguration') return [];
    const needs = 's3:GetLifecycleConfiguration on the bucket, or lifecycleRule: false';
    throw refusalOf(error, { bucket, doing: 'tell its lifecycle rules', needs });
  }
}

/** Whether what is erased or replaced becomes a former version; also where keeping them was switched off again. */
export async function readIsVersioned(client: S3Client, bucket: string): Promise<boolean> {
  try {
    const answer = await client.send(new GetBucketVersioningCommand({ Bucket: bucket }));
    return answer.Status !== undefined;
  } catch (error) {
    const needs = 's3:GetBucketVersioning on the bucket, or lifecycleRule: false';
    throw refusalOf(error, { bucket, doing: 'tell whether it keeps versions', needs });
  }
}

function ruleOf(rule: S3Rule): LifecycleRule {
  const { ID = 'without a name', Filter = {}, Expiration, NoncurrentVersionExpiration } = rule;
  const { And = {} } = Filter;
  const { NewerNoncurrentVersions } = NoncurrentVersionExpiration ?? {};
  const narrowing = [Filter.Tag, Filter.ObjectSizeGreaterThan, Filter.ObjectSizeLessThan, NewerNoncurrentVersions];
  const narrowingMore = [And.Tags?.[0], And.ObjectSizeGreaterThan, And.ObjectSizeLessThan];
  const expireDays = daysOf(Expiration);
  const noncurrentDays = NoncurrentVersionExpiration?.NoncurrentDays;
  return {
    id: ID,
    // The oldest rules have their prefix outside of a filter.
    prefix: Filter.Prefix ?? And.Prefix ?? (rule as { Prefix?: string }).Prefix ?? '',
    isNarrowed: [...narrowing, ...narrowingMore].some((condition) => condition !== undefined),
    ...(expireDays !== undefined && { expireDays }),
    ...(noncurrentDays !== undefined && { noncurrentDays }),
    ...archivingOf(rule),
  };
}

function daysOf(when: { Date?: Date | undefined; Days?: number | undefined } | undefined): number | undefined {
  return when?.Date === undefined ? when?.Days : 0;
}

function archivingOf({ Transitions = [], NoncurrentVersionTransitions = [] }: S3Rule) {
  const isArchive = ({ StorageClass = '' }: { StorageClass?: string | undefined }) => ARCHIVES.has(StorageClass);
  const living = Transitions.filter(isArchive).map((one) => daysOf(one) ?? 0);
  const former = NoncurrentVersionTransitions.filter(isArchive).map((one) => one.NoncurrentDays ?? 0);
  return {
    ...(living.length > 0 && { archiveDays: Math.min(...living) }),
    ...(former.length > 0 && { noncurrentArchiveDays: Math.min(...former) }),
  };
}
