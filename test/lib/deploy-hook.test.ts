import { beforeAll, describe, expect, it } from 'vitest';
import { Input as AuditInput } from '../../functions/inactive-key-audit/contract.ts';
import { Properties } from '../../functions/on-deploy/contract.ts';
import { readEvent } from '../../functions/runtime/event.ts';
import { enforcing, ofType, refs, roleOf, type Synthesized, statementsOf, synthesized } from './synthesized.ts';

let reporting: Synthesized;
let enforced: Synthesized;
beforeAll(() => {
  reporting = synthesized();
  enforced = synthesized(enforcing());
});

const now = new Date('2026-03-01T00:00:00Z');
const read = (event: unknown) => readEvent(event, { input: AuditInput, requestId: 'r', now });

/** What CloudFormation would hand to the hook, with each reference shown as the logical id. */
function propertiesOf(synth: Synthesized) {
  const [hook] = ofType(synth, 'Custom::NightshiftDeployment').map(([, { Properties: properties }]) => properties);
  const resolved = JSON.parse(JSON.stringify(hook), (_key, value) =>
    refs(value).length === 1 && !Array.isArray(value) && Object.keys(value).length === 1 ? refs(value)[0] : value,
  );
  return Properties.parse(resolved);
}

const eventsOf = (synth: Synthesized, runbook: string) =>
  propertiesOf(synth).Functions.find(({ Name }) => Name.startsWith(runbook))?.Events ?? {};

describe('the deploy hook', () => {
  it('is told of every runbook’s function, and of a new version of any', () => {
    const functions = ofType(reporting, 'AWS::Lambda::Function')
      .map(([id]) => id)
      .filter((id) => !id.startsWith('DeployHook'));
    expect(propertiesOf(reporting).Functions.map(({ Name }) => Name)).toEqual(functions);
    const versions = propertiesOf(reporting).Functions.map(({ Version }) => Version);
    expect(versions).toEqual(
      ofType(reporting, 'AWS::Lambda::Version')
        .map(([id]) => id)
        .filter((id) => !id.startsWith('DeployHook')),
    );
  });

  it('may touch the saved events of this stack and start watch, and nothing else', () => {
    const statements = statementsOf(reporting, roleOf(reporting, 'DeployHook'));
    const actions = statements.flatMap(({ Action }) => Action).filter((action) => !/^(logs|sqs):/.test(action));
    expect(actions.toSorted()).toEqual([
      'lambda:InvokeFunction',
      'schemas:CreateRegistry',
      'schemas:CreateSchema',
      'schemas:DeleteSchema',
      'schemas:DescribeSchema',
      'schemas:UpdateSchema',
    ]);
    expect(JSON.stringify(statements)).not.toContain('DeleteRegistry');
    const deletes = statements.find(({ Action }) => Action.includes('schemas:DeleteSchema'));
    expect(JSON.stringify(deletes?.Resource)).toContain('schema/lambda-testevent-schemas/_Alexander-*-schema');
  });

  it('tells what it could not do in an output, and keeps its permissions until it was removed', () => {
    const [[id, hook] = []] = ofType(reporting, 'Custom::NightshiftDeployment');
    const output = Object.values(reporting.outputs).find(({ Value }) => refs(Value)[0] === id);
    expect(output?.Value).toEqual({ 'Fn::GetAtt': [id, 'Problems'] });
    const policies = ofType(reporting, 'AWS::IAM::Policy').filter(([policy]) => policy.startsWith('DeployHook'));
    expect(hook?.DependsOn).toEqual(expect.arrayContaining(policies.map(([policy]) => policy)));
  });
});

describe('the events that the Test button offers', () => {
  it('have titles that the console takes', () => {
    for (const title of Object.keys(eventsOf(enforced, 'InactiveKeyAudit')))
      expect(title).toMatch(/^[A-Za-z0-9._-]{1,25}$/);
  });

  it('are understood by the function they are for', () => {
    const {
      'report-now': report,
      'sample-alarm': alarm,
      'enforce-now': enforce,
    } = eventsOf(enforced, 'InactiveKeyAudit');
    expect(read(report)).toMatchObject({ trigger: { kind: 'manual' }, input: { mode: 'report' } });
    expect(read(enforce)).toMatchObject({ trigger: { kind: 'manual' }, input: { mode: 'enforce' } });
    expect(read(alarm)).toMatchObject({ trigger: { kind: 'alarm' }, input: {} });
    expect(read(alarm)).not.toHaveProperty('nothingToDo');
  });

  it('offer to enforce only where that was deployed', () => {
    expect(Object.keys(eventsOf(reporting, 'InactiveKeyAudit'))).toEqual(['report-now', 'sample-alarm']);
    expect(Object.keys(eventsOf(enforced, 'Watch'))).toEqual(['report-now', 'sample-alarm']);
  });
});
