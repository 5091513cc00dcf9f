/** `npm run invoke`: one bundled runbook against whatever database, credentials and endpoint the environment has. */
import { readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { ENVIRONMENT } from '../functions/runtime/deployment.ts';
import { describe, InputError } from '../functions/runtime/errors.ts';
import { bundle } from '../lib/bundle.ts';
import { invokeBundle, invokeDurableBundle } from '../lib/invocation.ts';
import { leaveOnSignals } from '../lib/leaving.ts';
import { writePage } from '../lib/page.ts';

const USAGE = `Usage: npm run invoke --silent -- <runbook> --settings FILE [--event FILE] [--html FILE] [--timeout SECONDS]

  <runbook>   ${runbooks().join(', ')}
  --settings  what a deploy writes to settings.json: system, runbook, mode, severities, settings
  --event     the event as JSON; without it {}, which runs as deployed
  --html      where to write the report as a page
  --timeout   seconds until the function would be killed, at most 900; without it 900 (a durable one takes as long as it takes)

The report goes to standard output as JSON, everything else to standard error.
Exit 0: a report was made. 1: it was refused or failed. 2: unusable arguments or environment.`;

/** Lambda's own limit, in seconds. */
const MAX_TIMEOUT_SECONDS = 900;

/** Every folder below `functions/` with a handler, but for the one that a deployment runs. */
function runbooks(): string[] {
  const functions = resolve(import.meta.dirname, '../functions');
  const files = readdirSync(functions, { recursive: true, encoding: 'utf8' });
  const folders = files.filter((path) => basename(path) === 'handler.ts').map(dirname);
  return folders.filter((folder) => folder !== 'on-deploy').sort();
}

/** Its handler says which entry it has. */
function isDurable(runbook: string): boolean {
  const handler = resolve(import.meta.dirname, `../functions/${runbook}/handler.ts`);
  return readFileSync(handler, 'utf8').includes('/runtime/durable.ts');
}

function readArguments() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      settings: { type: 'string' },
      event: { type: 'string' },
      html: { type: 'string' },
      timeout: { type: 'string', default: String(MAX_TIMEOUT_SECONDS) },
    },
  });
  const [runbook, ...rest] = positionals;
  if (runbook === undefined || rest.length > 0) throw new InputError('Name exactly one runbook.');
  if (!runbooks().includes(runbook)) throw new InputError(`There is no runbook ${runbook}.`);
  if (values.settings === undefined) throw new InputError('--settings FILE is missing.');
  const seconds = Number(values.timeout);
  if (!(seconds > 0 && seconds <= MAX_TIMEOUT_SECONDS))
    throw new InputError(`--timeout: got ${values.timeout}, allowed are 1 to 900 seconds.`);
  const event = values.event === undefined ? {} : readJson(values.event);
  const deployment = refuseAnothers(readJson(values.settings), { runbook, file: values.settings });
  return { runbook, deployment, settingsFile: values.settings, event, html: values.html, timeoutMs: seconds * 1000 };
}

/**
 * A deployment's name is its runbook's, or goes on after it; under another one, it would take that one's lease and evidence.
 * @returns the name
 */
function refuseAnothers(settings: unknown, { runbook, file }: { runbook: string; file: string }): string {
  const name = (settings as { runbook?: unknown } | null)?.runbook;
  // A kind of a runbook has a folder in the runbook's own.
  const own = runbook.replaceAll('/', '-');
  // The function itself refuses settings that are none.
  if (typeof name !== 'string') return own;
  if (name === own || name.startsWith(`${own}-`)) return name;
  throw new InputError(`${file}: runbook: got "${name}"; allowed are "${own}", and names that begin with "${own}-".`);
}

function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new InputError(`${path} cannot be read as JSON: ${describe(error)}`);
  }
}

/** Every variable that is missing, at once. The credentials themselves may come from anywhere the SDK looks. */
function checkEnvironment(): void {
  const wanted = { ...ENVIRONMENT, AWS_REGION: 'the region of the bucket, the parameter, the topics and the secrets' };
  const missing = Object.entries(wanted).filter(([name]) => name !== 'LAMBDA_TASK_ROOT' && !process.env[name]);
  if (missing.length === 0) return;
  const list = missing.map(([name, meaning]) => `  ${name}: ${meaning}`).join('\n');
  throw new InputError(`These environment variables are not set:\n${list}`);
}

async function main(): Promise<number> {
  const { runbook, deployment, html, ...invoked } = readArguments();
  checkEnvironment();
  let begun: string | undefined;
  leaveOnSignals({ deployment, requestId: () => begun });
  const onBegin = (requestId: string) => {
    begun = requestId;
  };
  const writeOut = process.stdout.write.bind(process.stdout);
  // What the function logs is not the report.
  process.stdout.write = process.stderr.write.bind(process.stderr);
  const invoke = isDurable(runbook) ? invokeDurableBundle : invokeBundle;
  const report = await invoke({ bundle: bundle(runbook), onBegin, ...invoked });
  writeOut(`${JSON.stringify(report, null, 2)}\n`);
  if (html !== undefined) writePage(html, [report]);
  return report.verdict === 'refused' || report.verdict === 'failed' ? 1 : 0;
}

main().then(
  (code) => {
    process.exitCode = code;
  },
  (error) => {
    const isUsage = error?.name === 'InputError' || error?.code?.startsWith?.('ERR_PARSE_ARGS');
    console.error(isUsage ? `${error.message}\n\n${USAGE}` : error);
    process.exitCode = isUsage ? 2 : 1;
  },
);
