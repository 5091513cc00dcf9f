/** What happens with each deployment that changed a function: saved console events, and a first run of the watcher. */
import { CfnOutput, CustomResource, Duration, Stack } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { bundle } from './bundle.ts';
import { LiveFunction } from './live-function.ts';
import type { RunbookFunction } from './runbook-function.ts';
import type { Shared } from './shared.ts';

type Props = { shared: Shared; watch: RunbookFunction; runbooks: RunbookFunction[] };

export class DeployHook extends Construct {
  constructor(scope: Construct, id: string, { shared, watch, runbooks }: Props) {
    super(scope, id);
    const hook = new LiveFunction(this, 'Deployed', {
      codeFolder: bundle('on-deploy'),
      description: `${shared.system.name}: saves console events and starts watch when something was deployed`,
      timeout: Duration.minutes(2),
      memoryMb: 512,
      environment: {},
      // All it does may be done twice.
      retryAttempts: 2,
      failureQueue: shared.failureQueue,
    });
    this.allow(hook, { watch, runbooks });
    const resource = new CustomResource(this, 'Resource', {
      resourceType: 'Custom::NightshiftDeployment',
      serviceToken: hook.live.functionArn,
      serviceTimeout: Duration.minutes(5),
      properties: {
        WatchArn: watch.function.live.functionArn,
        Functions: runbooks.map((runbook) => ({
          Name: runbook.function.function.functionName,
          Events: JSON.stringify(runbook.consoleEvents),
          // Only a changed property makes CloudFormation call: a new version of any function is one.
          Version: runbook.function.function.currentVersion.version,
        })),
      },
    });
    // The permissions would otherwise go before the resource whose deletion needs them.
    resource.node.addDependency(hook);
    new CfnOutput(this, 'Problems', {
      value: resource.getAttString('Problems'),
      description: 'What the deploy hook could not do; nothing depends on it',
    });
  }

  private allow(hook: LiveFunction, { watch, runbooks }: Pick<Props, 'watch' | 'runbooks'>): void {
    const inRegistry = (resource: string, resourceName: string) =>
      Stack.of(this).formatArn({ service: 'schemas', resource, resourceName });
    const schema = (name: string) => inRegistry('schema', `lambda-testevent-schemas/_${name}-schema`);
    const schemas = runbooks.map((runbook) => schema(runbook.function.function.functionName));
    const registry = inRegistry('registry', 'lambda-testevent-schemas');
    const { permissions } = hook;
    permissions.may(['schemas:CreateRegistry'], [registry], 'the registry may not be there yet');
    const saving = ['schemas:CreateSchema', 'schemas:DescribeSchema', 'schemas:UpdateSchema'];
    permissions.may(saving, schemas, 'saves the events of the functions of this stack');
    permissions.may(
      ['schemas:DeleteSchema'],
      [schema(`${Stack.of(this).stackName}-*`)],
      'A function that was taken out of the stack is named in no template any more; CloudFormation begins the name of ' +
        'each function with that of its stack.',
    );
    permissions.may(['lambda:InvokeFunction'], [watch.function.live.functionArn], 'starts the watcher once');
  }
}
