/** One operated system: what its runbooks share, then the list of them. */
import { DefaultStackSynthesizer, type IStackSynthesizer, PermissionsBoundary, Stack, Tags } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { DeployHook } from './deploy-hook.ts';
import { RunbookFunction } from './runbook-function.ts';
import { BackupVerification } from './runbooks/backup-verification.ts';
import { CertificateCheck } from './runbooks/certificate-check.ts';
import { CredentialRotation } from './runbooks/credential-rotation.ts';
import { InactiveKeyAudit } from './runbooks/inactive-key-audit.ts';
import { OrphanBlobGc } from './runbooks/orphan-blob-gc.ts';
import { RestoreDrill } from './runbooks/restore-drill.ts';
import { Watch } from './runbooks/watch.ts';
import { Shared } from './shared.ts';
import type { CheckedSystem } from './system.ts';

export class NightshiftStack extends Stack {
  constructor(scope: Construct, system: CheckedSystem) {
    super(scope, system.name, {
      env: { account: system.account, region: system.region },
      description: `Nightshift: the runbooks of ${system.name}`,
      ...(system.bootstrapQualifier && {
        synthesizer: new DefaultStackSynthesizer({ qualifier: system.bootstrapQualifier }) as IStackSynthesizer,
      }),
      ...(system.permissionsBoundaryArn && {
        permissionsBoundary: PermissionsBoundary.fromArn(system.permissionsBoundaryArn),
      }),
    });
    for (const [key, value] of Object.entries(system.tags)) Tags.of(this).add(key, value);
    const shared = new Shared(this, 'Shared', system);

    const audit = system.runbooks['inactive-key-audit'];
    if (audit) new InactiveKeyAudit(this, 'InactiveKeyAudit', { shared, audit });

    for (const placement of ['public', 'private'] as const) {
      const check = system.runbooks['certificate-check']?.[placement];
      if (check) new CertificateCheck(this, `CertificateCheck-${placement}`, { shared, placement, check });
    }

    const verification = system.runbooks['backup-verification'];
    if (verification) new BackupVerification(this, 'BackupVerification', { shared, verification });

    const drill = system.runbooks['restore-drill'];
    if (drill) new RestoreDrill(this, 'RestoreDrill', { shared, drill });

    const gc = system.runbooks['orphan-blob-gc'];
    if (gc) new OrphanBlobGc(this, 'OrphanBlobGc', { shared, gc });

    const rotation = system.runbooks['credential-rotation'];
    if (rotation) new CredentialRotation(this, 'CredentialRotation', { shared, rotation });

    const watched = runbooksOf(this);
    const watch = new Watch(this, 'Watch', { shared, watched });
    const hook = new DeployHook(this, 'DeployHook', { shared, watch: watch.runbook, runbooks: runbooksOf(this) });
    watch.silence.node.addDependency(hook);
  }
}

function runbooksOf(stack: Stack): RunbookFunction[] {
  return stack.node.findAll().filter((node) => node instanceof RunbookFunction);
}
