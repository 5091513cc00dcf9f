/** `npm run bench`: ratios against what people do today. `npm run bench -- 1000000` measures that many keys only. */
import { benchAudit } from './audit.ts';
import { benchBundles } from './bundles.ts';

const asked = process.argv.slice(2).map(Number);
const counts = asked.length > 0 ? asked : [1_000_000, 5_000_000];
for (const line of await benchBundles()) console.log(line);
for (const line of await benchAudit(counts)) console.log(line);
