/**
 * A drill of the night, in a process of its own: `drill.ts <settings file>`. As `npm run invoke` makes it, but its waits are over at
 * once: the copies of the stand-in are ready as soon as they are looked at again.
 */
import { bundle } from '../lib/bundle.ts';
import { invokeDurableBundle } from '../lib/invocation.ts';

const [settingsFile = ''] = process.argv.slice(2);
const print = process.stdout.write.bind(process.stdout);
// What the function logs is not the report.
process.stdout.write = process.stderr.write.bind(process.stderr);
const report = await invokeDurableBundle({ bundle: bundle('restore-drill'), settingsFile, event: {}, skipTime: true });
print(`${JSON.stringify(report)}\n`);
