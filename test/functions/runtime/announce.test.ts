import { beforeEach, describe, expect, it } from 'vitest';
import { type Announcement, announce } from '../../../functions/runtime/announce.ts';
import type { Severity } from '../../../functions/runtime/contract.ts';
import type { Change } from '../../../functions/runtime/findings.ts';
import { useAccount } from './account.ts';

const account = useAccount();

const change = (kind: Change['kind'], target: string, severity?: Severity): Change => ({
  kind,
  target,
  ...(severity && { finding: { severity, target, what: `${target} is idle`, remedy: 'Ask its owner.' } }),
});

function announcementOf(shown: Change[], total = shown.length): Announcement {
  const { PAGE_TOPIC_ARN: page = '', NOTIFY_TOPIC_ARN: notify = '' } = account.environment;
  return {
    system: 'Alexander',
    runbook: 'inactive-key-audit',
    severities: {
      critical: { word: 'SEV1', respondWithin: '15 minutes', topic: 'page' },
      warning: { word: 'SEV3', respondWithin: '4 hours', topic: 'notify' },
      info: { word: 'SEV4', respondWithin: '24 hours', topic: 'notify' },
    },
    topicArns: { page, notify },
    changes: { shown, total },
    storedAt: 's3://evidence/reports/x.json',
  };
}

let already = 0;
beforeEach(() => {
  already = account.aws.published().length;
});

function heard() {
  return account.aws
    .published()
    .slice(already)
    .map(({ topicArn, subject, message }) => {
      const forms = JSON.parse(message) as { default: string; email: string };
      return { topic: topicArn.split(':').at(-1), subject, chat: JSON.parse(forms.default), email: forms.email };
    });
}

describe('an announcement', () => {
  it('goes to the topic that the system named for each severity, in its own words', async () => {
    await announce(
      announcementOf([
        change('appeared', 'k1', 'critical'),
        change('worsened', 'k2', 'warning'),
        change('cleared', 'k3'),
      ]),
    );
    const [page, notify] = heard();
    expect(page).toMatchObject({ topic: 'page', subject: 'SEV1: Alexander inactive-key-audit: 3 changed' });
    expect(page?.email).toContain('SEV1, respond within 15 minutes: k1: k1 is idle. Ask its owner.');
    expect(page?.email).not.toContain('k2');
    expect(notify?.topic).toBe('notify');
    expect(notify?.email).toContain('SEV3, respond within 4 hours: k2: k2 is idle (worse than before). Ask its owner.');
    expect(notify?.email).toContain('k3: cleared.');
    expect(heard()).toHaveLength(2);
  });

  it('has the form that AWS’s chat integrations draw, and says where the report is', async () => {
    await announce(announcementOf([change('appeared', 'k1', 'info')]));
    const [{ chat, email } = { chat: undefined, email: '' }] = heard();
    expect(chat).toEqual({
      version: '1.0',
      source: 'custom',
      content: {
        textType: 'client-markdown',
        title: 'SEV4: Alexander inactive-key-audit: 1 changed',
        description: expect.stringContaining('• Report: s3://evidence/reports/x.json'),
      },
    });
    expect(email).toContain('Report: s3://evidence/reports/x.json');
  });

  it('is not made where nothing changed', async () => {
    await announce(announcementOf([]));
    expect(heard()).toEqual([]);
  });

  it('names ten changes and counts the others', async () => {
    const many = Array.from({ length: 30 }, (_, n) => change('appeared', `k${n}`, 'warning'));
    await announce(announcementOf(many, 500));
    const [message] = heard();
    expect(message?.email.match(/SEV3, respond/g)).toHaveLength(10);
    expect(message?.email).toContain('… and 490 more changes of all severities in the report.');
  });

  it('has a subject that SNS takes, whatever the system is called', async () => {
    const made = announcementOf([change('appeared', 'k1', 'warning')]);
    await announce({ ...made, system: `Größe\n${'x'.repeat(200)}` });
    const [message] = heard();
    expect(message?.subject).toMatch(/^SEV3: Gr\?\?e\?x+$/);
    expect(message?.subject).toHaveLength(100);
  });

  it('that a topic does not take is an error', async () => {
    account.aws.faults.deny('trial', 'sns:Publish');
    await expect(announce(announcementOf([change('appeared', 'k1', 'critical')]))).rejects.toThrow(/not authorized/);
    expect(heard()).toEqual([]);
  });
});
