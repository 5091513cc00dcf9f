/** Tells people what changed since the last run, by topic, in the form that AWS's chat integrations render. */
import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { CLIENT, namesItsEndpoint } from './aws.ts';
import type { Severities } from './contract.ts';
import type { Change, Found } from './findings.ts';

type Topic = 'page' | 'notify';

export type Announcement = {
  system: string;
  runbook: string;
  severities: Severities;
  topicArns: Record<Topic, string>;
  changes: Found['changes'];
  /** Where the whole report is stored. */
  storedAt: string;
};

/** Longer lists are read in the report, not in a chat. */
const LINES_SHOWN = 10;

/** One message for each topic that has something to hear. @throws the SDK's error when a topic does not take it */
export async function announce(announcement: Announcement): Promise<void> {
  if (announcement.changes.total === 0) return;
  const client = namesItsEndpoint(new SNSClient(CLIENT));
  for (const topic of ['page', 'notify'] as const) {
    const changes = announcement.changes.shown.filter((change) => topicOf(change, announcement.severities) === topic);
    if (changes.length === 0) continue;
    const { title, lines } = compose(announcement, changes);
    await client.send(
      new PublishCommand({
        TopicArn: announcement.topicArns[topic],
        Subject: title.slice(0, 100),
        MessageStructure: 'json',
        Message: JSON.stringify({ default: chatMessage(title, lines), email: [title, '', ...lines].join('\n') }),
      }),
    );
  }
}

function topicOf(change: Change, severities: Severities): Topic {
  return change.finding ? severities[change.finding.severity].topic : 'notify';
}

function compose({ system, runbook, severities, changes: all, storedAt }: Announcement, changes: Change[]) {
  const lines = changes.slice(0, LINES_SHOWN).map((change) => lineOf(change, severities));
  const more = all.total - lines.length;
  if (more > 0) lines.push(`… and ${more} more changes of all severities in the report.`);
  lines.push(`Report: ${storedAt}`);
  const worst = changes.find((change) => change.finding)?.finding?.severity;
  const word = worst ? `${severities[worst].word}: ` : '';
  return { title: ascii(`${word}${system} ${runbook}: ${all.total} changed`), lines };
}

function lineOf({ kind, target, finding }: Change, severities: Severities): string {
  if (finding === undefined) return `${target}: cleared.`;
  const { word, respondWithin } = severities[finding.severity];
  const again = kind === 'worsened' ? ' (worse than before)' : '';
  return `${word}, respond within ${respondWithin}: ${target}: ${finding.what}${again}. ${finding.remedy}`;
}

/** SNS refuses a subject with anything but printable ASCII. */
function ascii(text: string): string {
  return text.replaceAll(/[^\x20-\x7E]/g, '?');
}

/** Amazon Q Developer in chat applications, “custom notifications”, schema version 1.0. */
function chatMessage(title: string, lines: string[]): string {
  const description = lines.map((line) => `• ${line}`).join('\n');
  return JSON.stringify({
    version: '1.0',
    source: 'custom',
    content: { textType: 'client-markdown', title, description },
  });
}
