/** Audits the access keys that a system keeps in its own PostgreSQL. */
import { Duration } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import * as contract from '../../functions/inactive-key-audit/contract.ts';
import { DatabaseAccess } from '../database-access.ts';
import { RunbookFunction } from '../runbook-function.ts';
import { longestGapHours } from '../schedule.ts';
import type { Shared } from '../shared.ts';
import type { CheckedSystem } from '../system.ts';

type Audit = NonNullable<CheckedSystem['runbooks']['inactive-key-audit']>;

export class InactiveKeyAudit extends Construct {
  constructor(scope: Construct, id: string, { shared, audit }: { shared: Shared; audit: Audit }) {
    super(scope, id);
    const { mode, settings, schedule, reservedConcurrency } = audit;

    const runbook = new RunbookFunction(this, 'Runbook', {
      shared,
      name: 'inactive-key-audit',
      contract,
      settings,
      mode,
      timeout: Duration.minutes(10),
      failureImpact: 'idle access keys stay usable and nobody is told',
      network: 'vpc',
      reservedConcurrency,
    });

    const own = 'reports/inactive-key-audit/*';
    // In report mode too: the mode may have been lowered because a run died.
    shared.evidence.admitReader(runbook.function.permissions, own, 'settles what an earlier run of its own left open');

    new DatabaseAccess(this, 'Database', audit.database).letsIn(runbook);
    const { reader, actor } = settings.database;
    runbook.mayRead(reader, 'reads the keys and their owners');
    if (mode === 'enforce' && actor) runbook.mayRead(actor, 'disables keys that stayed idle through the warning');

    const everyHours = audit.everyHours ?? longestGapHours(schedule) ?? Number.NaN;
    runbook.runsOn('Schedule', { schedule, everyHours }, {});
  }
}
