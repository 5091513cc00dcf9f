/** A database that exists already, and the one rule that lets a function of ours reach it. */
import { CfnOutput } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import { Construct } from 'constructs';
import type { RunbookFunction } from './runbook-function.ts';
import type { DatabaseAccess as Access } from './setting-words.ts';

export class DatabaseAccess extends Construct {
  private readonly access: Access;

  constructor(scope: Construct, id: string, access: Access) {
    super(scope, id);
    this.access = access;
  }

  /**
   * Opens the way from the function's security group to the database, one port. Where something else owns the rules of
   * the database's group, only our side is opened; the output says which group to admit there.
   */
  letsIn(runbook: RunbookFunction): void {
    const { securityGroupId, port, manageIngress } = this.access;
    const group = runbook.securityGroup;
    if (!group) throw new Error(`${runbook.name} is not in the VPC, so no database can let it in`);
    group.addEgressRule(ec2.Peer.securityGroupId(securityGroupId), ec2.Port.tcp(port), 'the database');
    if (manageIngress) {
      new ec2.CfnSecurityGroupIngress(this, 'Ingress', {
        groupId: securityGroupId,
        sourceSecurityGroupId: group.securityGroupId,
        ipProtocol: 'tcp',
        fromPort: port,
        toPort: port,
        description: `Nightshift ${runbook.name}`,
      });
    }
    const description = `${manageIngress ? 'Admitted to' : 'To be admitted to'} ${securityGroupId}, port ${port}`;
    new CfnOutput(this, 'SecurityGroup', { value: group.securityGroupId, description });
  }
}
