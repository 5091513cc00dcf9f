/** Rotates a system's credentials: a function for each kind, which Secrets Manager calls, and one that has all of them rotated. */
import { Duration } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import * as all from '../../functions/credential-rotation/all/contract.ts';
import { KINDS, type KindName } from '../../functions/credential-rotation/contract.ts';
import { DEPLOYED_KINDS } from '../rotated-kinds.ts';
import { mayRotate, rotatesBy } from '../rotated-secrets.ts';
import { RunbookFunction } from '../runbook-function.ts';
import { longestGapHours } from '../schedule.ts';
import type { Shared } from '../shared.ts';
import type { CheckedSystem } from '../system.ts';

type Rotation = NonNullable<CheckedSystem['runbooks']['credential-rotation']>;
type Props = { shared: Shared; rotation: Rotation };

const FOLDER = 'credential-rotation';

export class CredentialRotation extends Construct {
  constructor(scope: Construct, id: string, { shared, rotation }: Props) {
    super(scope, id);
    const deployed = KINDS.flatMap((kind) => this.kind(kind, { shared, rotation }) ?? []);
    this.all(deployed, { shared, rotation });
  }

  private kind(kind: KindName, { shared, rotation }: Props): RunbookFunction | undefined {
    const { mode, schedule, kinds } = rotation;
    const of = kinds[kind];
    if (of === undefined) return undefined;
    const { settings } = of;
    const { contract, timeout, network, allow } = DEPLOYED_KINDS[kind];

    const runbook = new RunbookFunction(this, kind, {
      shared,
      name: `${FOLDER}-${kind}`,
      folder: `${FOLDER}/${kind}`,
      contract,
      settings,
      mode,
      timeout,
      failureImpact: 'credentials grow old, and a rotation that stands half-way may lock programs out',
      network,
      moreEvents: mode === 'enforce' ? { 'retire-now': { retire: 'now' } } : {},
    });

    mayRotate(runbook, { mode, secrets: settings.secrets });
    if (settings.webhook && mode === 'enforce') runbook.mayRead(settings.webhook, 'tells a program of each rotation');
    allow(runbook, of as never, mode);

    if (mode === 'enforce') rotatesBy(runbook, { secrets: settings.secrets, schedule: of.rotates });
    const everyHours = rotation.everyHours ?? longestGapHours(schedule) ?? Number.NaN;
    runbook.runsOn('Schedule', { schedule, everyHours }, {});
    return runbook;
  }

  /** By hand only. It reads no value, and holds no lease that a rotation needs. */
  private all(deployed: RunbookFunction[], { shared, rotation: { mode, kinds } }: Props): void {
    const secrets = KINDS.flatMap((kind) =>
      (kinds[kind]?.settings.secrets ?? []).map(({ secretArn, maxAgeDays }) => ({ secretArn, kind, maxAgeDays })),
    );

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
    const aliases = deployed.map((one) => one.function.live.functionArn);
    runbook.may(['lambda:InvokeFunction'], aliases, 'Secrets Manager asks this of whoever has a secret rotated');
  }
}
