/** GetBucketLifecycleConfiguration: rules that a test has planted. The stand-in tells them, and erases nothing by them. */
import { S3_NAMESPACE } from './s3-listing.ts';
import type { Bucket } from './s3-objects.ts';
import { ServiceError } from './service-error.ts';
import type { WireResponse } from './wire.ts';
import { element, xmlDocument } from './xml.ts';

export type LifecycleRule = {
  id: string;
  prefix?: string;
  isDisabled?: boolean;
  /** Only objects with this tag. */
  tag?: { key: string; value: string };
  expireDays?: number;
  /** Instead of days: midnight UTC, in ISO 8601. */
  expireDate?: string;
  noncurrentDays?: number;
  /** To a storage class, of living objects or of former versions. */
  transitions?: { storageClass: string; days?: number; date?: string; noncurrentDays?: number }[];
  /** So many former versions are kept whatever their age. */
  newerNoncurrent?: number;
};

type Transition = NonNullable<LifecycleRule['transitions']>[number];

export function getLifecycle(bucket: Bucket): WireResponse {
  if (bucket.lifecycle === undefined || bucket.lifecycle.length === 0) {
    const code = 'NoSuchLifecycleConfiguration';
    throw new ServiceError({ code, status: 404 }, 'the lifecycle configuration does not exist');
  }
  const rules = bucket.lifecycle.map(ruleXml).join('');
  return { status: 200, body: xmlDocument('LifecycleConfiguration', rules, S3_NAMESPACE) };
}

function ruleXml({ id, prefix = '', isDisabled = false, tag, transitions = [], ...erases }: LifecycleRule): string {
  const { expireDays, expireDate, noncurrentDays, newerNoncurrent } = erases;
  const content = [
    element('ID', id),
    `<Filter>${filterXml(prefix, tag)}</Filter>`,
    element('Status', isDisabled ? 'Disabled' : 'Enabled'),
    expireDays === undefined ? '' : `<Expiration>${element('Days', expireDays)}</Expiration>`,
    expireDate === undefined ? '' : `<Expiration>${element('Date', expireDate)}</Expiration>`,
    noncurrentDays === undefined
      ? ''
      : `<NoncurrentVersionExpiration>${element('NoncurrentDays', noncurrentDays)}${element('NewerNoncurrentVersions', newerNoncurrent)}</NoncurrentVersionExpiration>`,
    ...transitions.map(transitionXml),
  ];
  return `<Rule>${content.join('')}</Rule>`;
}

function transitionXml({ storageClass, days, date, noncurrentDays }: Transition): string {
  const to = element('StorageClass', storageClass);
  if (noncurrentDays === undefined)
    return `<Transition>${element('Days', days)}${element('Date', date)}${to}</Transition>`;
  return `<NoncurrentVersionTransition>${element('NoncurrentDays', noncurrentDays)}${to}</NoncurrentVersionTransition>`;
}

function filterXml(prefix: string, tag: LifecycleRule['tag']): string {
  if (tag === undefined) return element('Prefix', prefix);
  const tagXml = `<Tag>${element('Key', tag.key)}${element('Value', tag.value)}</Tag>`;
  return `<And>${element('Prefix', prefix)}${tagXml}</And>`;
}
