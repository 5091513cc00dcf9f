/** Rotates a system's credentials: a function for each kind, which Secrets Manager calls, and one that has all of them rotated. */
import { Duration } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import * as all from '../../functions/credential-rotation/all/contract.ts';
import { KINDS, type KindName } from '../../functions/credential-rotation/contract.ts';
import * as postgresAlternating from '../../functions/credential-rotation/postgres-alternating/contract.ts';
import * as postgresUser from '../../functions/credential-rotation/postgres-user/contract.ts';
import { DatabaseAccess } from '../database-access.ts';
import { mayRotate, rotatesBy } from '../rotated-secrets.ts';
import { RunbookFunction } from '../runbook-function.ts';
import { longestGapHours } from '../schedule.ts';
import type { Shared } from '../shared.ts';
import type { CheckedSystem } from '../system.ts';

type Rotation = NonNullable<CheckedSystem['runbooks']['credential-rotation']>;
type Kinds = Rotation['kinds'];
type Props = { shared: Shared; rotation: Rotation };

const FOLDER = 'credential-rotation';

export class CredentialRotation extends Construct {
  constructor(scope: Construct, id: string, { shared, rotation }: Props) {
    super(scope, id);
    const { kinds, mode } = rotation;

    const user = kinds['postgres-user'];
    if (user) {
      const runbook = this.deployed('postgres-user', { shared, rotation, contract: postgresUser, of: user });
      new DatabaseAccess(runbook, 'Database', user.database).letsIn(runbook);
    }

    const pair = kinds['postgres-alternating'];
    if (pair) {
      const runbook = this.deployed('postgres-alternating', {
        shared,
        rotation,
        contract: postgresAlternating,
        of: pair,
      });
      new DatabaseAccess(runbook, 'Database', pair.database).letsIn(runbook);
      if (mode === 'enforce')
        for (const { admin } of pair.settings.secrets)
          runbook.mayRead(admin, 'makes both users and changes their passwords');
    }

    this.all({ shared, rotation });
  }

  /** What is the same for every kind. */
  private deployed<Kind extends KindName & keyof Kinds>(
    kind: Kind,
    { shared, rotation, contract, of }: Deployed<NonNullable<Kinds[Kind]>>,
  ): RunbookFunction {
    const { mode, schedule } = rotation;
    const runbook = new RunbookFunction(this, kind, {
      shared,
      name: `${FOLDER}-${kind}`,
      folder: `${FOLDER}/${kind}`,
      contract,
      settings: of.settings,
      mode,
      timeout: of.timeout ?? Duration.minutes(5),
      failureImpact: 'credentials grow old, and a rotation that stands half-way may lock programs out',
      network: of.network ?? 'vpc',
      moreEvents: { ...(mode === 'enforce' && { 'retire-now': { retire: 'now' } }) },
    });
    mayRotate(runbook, { mode, secrets: of.settings.secrets });
    if (of.settings.webhook && mode === 'enforce')
      runbook.mayRead(of.settings.webhook, 'tells a program of each rotation');
    if (mode === 'enforce') rotatesBy(runbook, { secrets: of.settings.secrets, schedule: of.rotates });
    const everyHours = rotation.everyHours ?? longestGapHours(schedule) ?? Number.NaN;
    runbook.runsOn('Schedule', { schedule, everyHours }, {});
    return runbook;
  }

  /** By hand only. It reads no value, and holds no lease that a rotation needs. */
  private all({ shared, rotation: { mode, kinds } }: Props): void {
    const secrets = KINDS.flatMap((kind) => {
      const of = kinds[kind as keyof Kinds];
      return (of?.settings.secrets ?? []).map(({ secretArn, maxAgeDays }) => ({ secretArn, kind, maxAgeDays }));
    });
    const runbook = new RunbookFunction(this, 'all', {
      shared,
      name: `${FOLDER}-all`,
      folder: `${FOLDER}/all`,
      contract: all,
      settings: { secrets },
      mode,
      timeout: Duration.minutes(15),
      failureImpact: 'in a security incident, credentials have to be rotated one by one',
      network: 'none',
      moreEvents: {
        'rotate-all-dry-run': { rotate: 'all', mode: 'report' },
        ...(mode === 'enforce' && { 'rotate-all': { rotate: 'all' } }),
      },
    });
    const arns = secrets.map(({ secretArn }) => secretArn);
    runbook.may(['secretsmanager:DescribeSecret'], arns, 'looks at labels and times, not at values');
    if (mode === 'report') return;
    runbook.may(['secretsmanager:RotateSecret'], arns, 'has them rotated by hand');
    const functions = this.node.children.filter((node) => node instanceof RunbookFunction && node !== runbook);
    const aliases = functions.map((node) => (node as RunbookFunction).function.live.functionArn);
    runbook.may(['lambda:InvokeFunction'], aliases, 'Secrets Manager asks this of whoever has a secret rotated');
  }
}

/** `timeout`: of one step. A cache takes minutes to apply one. */
type Deployed<Of> = {
  shared: Shared;
  rotation: Rotation;
  contract: { Settings: import('zod').ZodType; Input: import('zod').ZodType };
  of: Of & { timeout?: Duration; network?: 'vpc' | 'none' };
};
