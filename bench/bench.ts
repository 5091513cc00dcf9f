/** `npm run bench`: ratios against what people do today. `npm run bench -- 1000000` measures the audit of that many keys only. */
import { benchAudit } from './audit.ts';
import { benchBlobs } from './blobs.ts';
import { benchBundles } from './bundles.ts';
import { benchCertificates } from './certificates.ts';
import { benchRestore } from './restore.ts';
import { benchRotation } from './rotation.ts';
import { benchScan } from './scan.ts';

const asked = process.argv.slice(2).map(Number);
const counts = asked.length > 0 ? asked : [1_000_000, 5_000_000];
for (const bench of [
  benchBundles,
  benchCertificates,
  benchRotation,
  benchScan,
  benchRestore,
  () => benchAudit(counts),
  () => benchBlobs(counts.at(-1)),
]) {
  for (const line of await bench()) console.log(line);
}
