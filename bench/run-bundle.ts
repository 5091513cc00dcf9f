/** Runs one bundle in this process and says what that took: `node bench/run-bundle.ts <bundle> <settings file> [event]`. */
import { invokeBundle } from '../lib/invocation.ts';
import { peakMb } from './peak.ts';

const [bundle = '', settingsFile = '', event = '{}'] = process.argv.slice(2);
const print = process.stdout.write.bind(process.stdout);
process.stdout.write = process.stderr.write.bind(process.stderr);
const { verdict, because, examined } = await invokeBundle({
  bundle,
  settingsFile,
  event: JSON.parse(event),
  timeoutMs: 900_000,
});
print(`${JSON.stringify({ verdict, because, examined, peakMb: peakMb() })}\n`);
