import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Estate, startEstate } from '../../../local/estate.ts';
import { call } from '../invocation.ts';

let estate: Estate;
beforeAll(async () => {
  estate = await startEstate();
});
afterAll(() => estate?.stop());

describe('a topic', () => {
  const withTopics = (page: string, notify: string) =>
    call(estate, {
      runbook: 'watch',
      environment: { PAGE_TOPIC_ARN: page, NOTIFY_TOPIC_ARN: notify },
      edit: (deployment) => {
        deployment.settings.watched = [];
      },
    });
  const topic = (name: string, ...confirmed: boolean[]) => {
    const arn = estate.aws.createTopic(name);
    for (const [n, isConfirmed] of confirmed.entries())
      estate.aws.subscribe(arn, { protocol: 'email', endpoint: `${name}${n}@example.com`, confirmed: isConfirmed });
    return arn;
  };

  it('to which nobody confirmed a subscription is critical; with some unconfirmed it is a warning', async () => {
    const [deaf, half] = [topic('deaf', false), topic('half', true, false, false)];
    const { findings } = await withTopics(deaf, half);
    expect(findings).toMatchObject([
      { severity: 'critical', target: deaf, what: 'nobody has confirmed a subscription to this topic' },
      { severity: 'warning', target: half, what: '2 of its subscriptions are unconfirmed' },
    ]);
  });

  it('without any subscription is critical, and one that serves as both is looked at once', async () => {
    const empty = topic('empty');
    const report = await withTopics(empty, empty);
    expect(report).toMatchObject({ verdict: 'findings', examined: 1, findings: [{ severity: 'critical' }] });
  });

  it('with more subscriptions than a page holds is counted to the end', async () => {
    const crowded = topic('crowded', ...Array<boolean>(120).fill(true), false);
    const report = await withTopics(crowded, crowded);
    expect(report.findings).toMatchObject([{ severity: 'warning', what: '1 of its subscriptions are unconfirmed' }]);
  });
});
