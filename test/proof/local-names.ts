/** What the local estate and the tests call things, and what the same things are called in a deployment. */
import { KINDS } from '../../functions/credential-rotation/contract.ts';
import type { System } from '../../lib/system.ts';
import type { Template } from './template.ts';

type Named = [local: RegExp, arn: string | undefined];

/** @returns a function that throws for a name that is not in the table: nothing may be proved about a thing that nobody deploys */
export function arnsOf(system: System, template: Template): (localArn: string) => string {
  const names = [
    ...houseNames(system, template),
    ...auditNames(system),
    ...certificateNames(system),
    ...backupNames(system),
    ...blobNames(system),
    ...rotationNames(system, template),
  ];
  return (localArn) => {
    const [found] = names.filter(([local]) => local.test(localArn));
    const [local, arn] = found ?? [];
    if (!local || arn === undefined)
      throw new Error(`${localArn} is nothing of this deployment (test/proof/local-names.ts)`);
    return localArn.replace(local, arn);
  };
}

function houseNames({ topics }: System, template: Template): Named[] {
  const topic = (id: string, existing: string | undefined) => existing ?? template.nameOf('AWS::SNS::Topic', id);
  // The hook does the same for every function: one that this deployment does not have stands for its watcher.
  const schemaOf = (construct: string) => {
    const has = template.ids('AWS::Lambda::Function').some((id) => id.startsWith(construct));
    const name = template.nameOf('AWS::Lambda::Function', has ? construct : 'Watch');
    return `:schema/lambda-testevent-schemas/_${name}-schema`;
  };
  return [
    [/^arn:aws:s3:::alexander-evidence(?=\/|$)/, template.nameOf('AWS::S3::Bucket', 'SharedEvidence', 'Arn')],
    [/:parameter\/nightshift\/alexander\/halt$/, `:parameter/${template.nameOf('AWS::SSM::Parameter', 'SharedHalt')}`],
    [/^arn:aws:sns:.*:alexander-page$/, topic('SharedPage', topics.page.topicArn)],
    [/^arn:aws:sns:.*:alexander-notify$/, topic('SharedNotify', topics.notify.topicArn)],
    // Topics that a test puts in the place of the system's own, with subscriptions of another kind.
    [/^arn:aws:sns:.*:(deaf|half|empty|crowded)$/, topic('SharedPage', topics.page.topicArn)],
    // `nobody` stands for a watcher that was deleted by hand: the hook invokes whatever the stack names to it.
    [/^arn:aws:lambda:.*:function:(watch|nobody):live$/, template.nameOf('AWS::Lambda::Alias', 'Watch')],
    // Only a deployment with a coordinator invokes it.
    [/^arn:aws:lambda:.*:function:orphan-blob-gc:live$/, aliasOfCollector(template)],
    [/:schema\/lambda-testevent-schemas\/_Alexander-InactiveKeyAudit-1-schema$/, schemaOf('InactiveKeyAudit')],
    [/:schema\/lambda-testevent-schemas\/_Alexander-Watch-1-schema$/, schemaOf('Watch')],
    [/:schema\/lambda-testevent-schemas\/_Alexander-CertificateChecks-1-schema$/, schemaOf('CertificateCheck')],
    [/:schema\/lambda-testevent-schemas\/_Alexander-BackupVerification-1-schema$/, schemaOf('BackupVerification')],
    [/:schema\/lambda-testevent-schemas\/_Alexander-RestoreDrill-1-schema$/, schemaOf('RestoreDrill')],
    [/:schema\/lambda-testevent-schemas\/_Alexander-OrphanBlobGc-1-schema$/, schemaOf('OrphanBlobGcRunbook')],
    [
      /:schema\/lambda-testevent-schemas\/_Alexander-OrphanBlobGcCoordinator-1-schema$/,
      schemaOf('OrphanBlobGcCoordinator'),
    ],
    ...[...KINDS, 'all'].map((kind): Named => {
      const construct = `CredentialRotation${kind.replaceAll('-', '')}`;
      return [new RegExp(`:schema/lambda-testevent-schemas/_Alexander-${construct}-1-schema$`), schemaOf(construct)];
    }),
    [/(:registry\/lambda-testevent-schemas)$/, '$1'],
  ];
}

function aliasOfCollector(template: Template): string | undefined {
  const id = template.ids('AWS::Lambda::Alias').find((one) => one.startsWith('OrphanBlobGcRunbook'));
  return id && template.nameOf('AWS::Lambda::Alias', id);
}

function auditNames({ runbooks }: System): Named[] {
  const { reader, actor } = runbooks['inactive-key-audit']?.settings.database ?? {};
  return [
    [/^arn:aws:secretsmanager:.*:secret:alexander\/nightshift-reader-\w{6}$/, reader?.secretArn],
    // Secrets that a test names in the reader's place: a deployment with those settings would allow them instead of it.
    [/^arn:.*:secret:(wrong|torn|number|elsewhere|nowhere|no-database)-\w{6}$/, reader?.secretArn],
    // In report mode the settings name no actor, and no request for one may be there.
    [/^arn:aws:secretsmanager:.*:secret:alexander\/nightshift-actor-\w{6}$/, actor?.secretArn],
  ];
}

function certificateNames({ runbooks }: System): Named[] {
  const { trust = {}, rds, endpointList } = runbooks['certificate-check']?.private?.settings ?? {};
  const secretOf = (anchors: object | undefined) =>
    anchors && 'secretArn' in anchors ? String(anchors.secretArn) : undefined;
  const [own] = Object.values(trust);
  return [
    [/^arn:aws:secretsmanager:.*:secret:alexander\/own-ca-\w{6}$/, secretOf(own)],
    [/^arn:aws:secretsmanager:.*:secret:alexander\/rds-bundle-\w{6}$/, secretOf(rds?.trustBundle)],
    [
      /^arn:aws:s3:::fleet-inventory\/endpoints\.json$/,
      endpointList && `arn:aws:s3:::${endpointList.bucket}/${endpointList.key}`,
    ],
    // Whatever the account has: a certificate, an instance, or all of them at once.
    // Of a drill: the deployment's groups are called as its tests call them.
    [/^(arn:aws:rds:.*:(snapshot|subgrp|pg|og):.*)$/, '$1'],
    [/^(arn:aws:acm:.*:certificate\/.*|arn:aws:rds:.*:db:.*|\*)$/, '$1'],
  ];
}

function backupNames({ runbooks }: System): Named[] {
  const { sources = [], scratch } = runbooks['backup-verification']?.settings ?? {};
  const secrets = sources.flatMap((source) =>
    source.kind === 'files' ? source.copies?.map(({ store }) => store.credentials?.secretArn) : [],
  );
  return [
    [/^arn:aws:secretsmanager:.*:secret:alexander\/nightshift-restore-\w{6}$/, scratch?.database.reader.secretArn],
    [/^arn:aws:secretsmanager:.*:secret:alexander\/off-site-\w{6}$/, secrets.find((arn) => arn !== undefined)],
    // Buckets that a test has for itself, laid out as the system’s own.
    [/^arn:aws:s3:::(nightly-\d+(-unversioned)?|going-on)(?=\/|$)/, 'arn:aws:s3:::alexander-backups'],
    [/^(arn:aws:s3:::alexander-(backups|uploads|copies|sealed)(\/.*)?)$/, '$1'],
    [/^(arn:aws:rds:.*:(cluster|cluster-snapshot):.*|arn:aws:elasticache:.*)$/, '$1'],
  ];
}

function blobNames({ runbooks }: System): Named[] {
  const { store, database } = runbooks['orphan-blob-gc']?.settings ?? {};
  return [
    // The others stand in its place where a test needs a bucket of another kind.
    [
      /^arn:aws:s3:::(alexander-blobs|plain-blobs|unversioned|nowhere)(?=\/|$)/,
      store && `arn:aws:s3:::${store.bucket}`,
    ],
    [/^arn:aws:secretsmanager:.*:secret:alexander\/blobs-reader-\w{6}$/, database?.reader.secretArn],
    [/^arn:aws:secretsmanager:.*:secret:alexander\/blobs-actor-\w{6}$/, database?.actor?.secretArn],
  ];
}

/** Of a test that gives a secret, or a function, another name: a deployment with those settings would allow it instead. */
function rotationNames({ runbooks }: System, template: Template): Named[] {
  const { kinds = {} } = runbooks['credential-rotation'] ?? {};
  const table = kinds['access-key-table']?.settings;
  const pair = kinds['postgres-alternating']?.settings.secrets[0];
  const secretOf = (kind: keyof typeof kinds) => kinds[kind]?.settings.secrets[0]?.secretArn;
  const secret = (names: string) => new RegExp(`^arn:aws:secretsmanager:.*:secret:(${names})-\\w{6}$`);
  const deployed = KINDS.filter((kind) => kinds[kind] !== undefined);
  // What the rotation of all is tried with: its three secrets are those of the first, second and third kind that is deployed.
  const nth = (index: number) => deployed[index] ?? deployed[0];
  const secretOfNth = (index: number) => {
    const kind = nth(index);
    return kind && secretOf(kind);
  };
  const aliasOf = (kind: (typeof KINDS)[number] | undefined) =>
    kind && template.nameOf('AWS::Lambda::Alias', `CredentialRotation${kind.replaceAll('-', '')}`);
  const orFirst = (kind: (typeof KINDS)[number]) => (kinds[kind] ? kind : nth(0));
  return [
    [secret('alexander/first'), secretOfNth(0)],
    [secret('alexander/second'), secretOfNth(1)],
    [secret('alexander/third'), secretOfNth(2)],
    [secret('alexander/(jobs|nightly-jobs|other-\\d+)'), secretOf('postgres-user') ?? secretOfNth(0)],
    [secret('alexander/(pair|app)'), secretOf('postgres-alternating') ?? secretOfNth(0)],
    [secret('alexander/(rotator|nightshift-rotator)'), pair?.admin.secretArn],
    [secret('alexander/admin-credentials'), secretOf('access-key-table')],
    [secret('alexander/rotation-reader'), table?.database.reader.secretArn],
    [secret('alexander/rotation-actor'), table?.database.actor?.secretArn],
    [
      secret('alexander/(master-key|other-master-key|hexadecimal|31-bytes|a-word|base64-without-its-end)'),
      table?.masterKey.secretArn,
    ],
    [secret('alecs/edgerc'), secretOf('http-api')],
    [secret('alecs/(web)?hook'), kinds['http-api']?.settings.webhook?.secretArn],
    [secret('cart/cart-app'), secretOf('elasticache-user')],
    [secret('cart/(default|none)'), secretOf('elasticache-auth-token')],
    [/^(arn:aws:events:.*:event-bus\/default)$/, '$1'],
    ...[0, 1, 2].map(
      (index): Named => [new RegExp(`^arn:aws:lambda:.*:function:rotation-${index}:live$`), aliasOf(nth(index))],
    ),
    [/^arn:aws:lambda:.*:function:rotation-user:live$/, aliasOf(orFirst('postgres-user'))],
    [/^arn:aws:lambda:.*:function:rotation-pair:live$/, aliasOf(orFirst('postgres-alternating'))],
  ];
}
