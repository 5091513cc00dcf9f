/** read → decide, for every backup of one system. It changes nothing but scratch databases of its own. */

import { RefusalError } from '../runtime/errors.ts';
import { findAll } from '../runtime/findings.ts';
import type { Result } from '../runtime/invocation.ts';
import type { Finding, Outcome } from '../runtime/report.ts';
import { sweepScratch } from '../scratch/scratch.ts';
import { judgeReached, type Protection, reach } from './decide.ts';
import { detailOf } from './detail.ts';
import { figures } from './figures.ts';
import { learnt } from './learnt.ts';
import { lookAtAll, type Sighting } from './look.ts';
import { type Memory, openNotebook } from './memory.ts';
import { scratchRun } from './restore.ts';
import type { Verification } from './verified.ts';

/** @throws RefusalError when not one source could be looked at */
export async function run(verification: Verification): Promise<Result> {
  const { settings, now, evidenceKey } = verification;
  const notebook = await openNotebook(verification);
  const swept = await sweep(verification, notebook.memory());
  const sightings = await lookAtAll(verification, notebook);
  refuseBlind(sightings);
  const reached = settings.objectives.map((objective) =>
    reach(objective, protectionsOf(sightings, objective), now.getTime()),
  );
  const judged = reached.flatMap((one) =>
    judgeReached(
      one,
      settings.sources.filter(({ protects }) => protects === one.protects),
      sightings
        .filter((sighting) => 'unseen' in sighting && sighting.source.protects === one.protects)
        .map(({ source }) => source.name),
    ),
  );
  const list = worstOfEach([...swept.findings, ...sightings.flatMap(findingsOf), ...judged]);
  const found = await findAll(
    await verification.openFindings(unseenIn(sightings, swept)),
    list,
    evidenceKey('findings.jsonl.gz'),
  );
  await notebook.write(learnt(notebook.memory(), sightings));
  return {
    examined: sightings.reduce((sum, sighting) => sum + ('looked' in sighting ? sighting.looked.examined : 0), 0),
    found,
    outcomes: swept.outcomes,
    metrics: figures(sightings, reached),
    detail: detailOf({ sightings, reached, now }),
    settled: true,
  };
}

type Swept = { outcomes: Outcome[]; findings: Finding[]; isUnseen: boolean };

/**
 * What runs before this one left behind, also where it was halted: cleaning up is never stopped. Where the isolated PostgreSQL may
 * not be used, the sources that do not need it are looked at all the same.
 */
async function sweep(run: Verification, { going }: Memory): Promise<Swept> {
  if (run.settings.scratch === undefined) return { outcomes: [], findings: [], isUnseen: false };
  try {
    return { ...(await sweepScratch(scratchRun(run), going?.scratch)), isUnseen: false };
  } catch (error) {
    if (!(error instanceof RefusalError)) throw error;
    const remedy = 'Mend what it names; until then no dump is restored, and what was left behind stays.';
    return {
      outcomes: [],
      findings: [{ severity: 'warning', target: 'scratch: not swept', what: error.message, remedy }],
      isUnseen: true,
    };
  }
}

function refuseBlind(sightings: Sighting[]): void {
  const unseen = sightings.flatMap((sighting) =>
    'unseen' in sighting ? `${sighting.source.name}: ${sighting.unseen}` : [],
  );
  if (unseen.length === sightings.length) throw new RefusalError(unseen.join(' '));
}

function protectionsOf(sightings: Sighting[], { protects }: { protects: string }): Protection[] {
  return sightings.flatMap((sighting): Protection[] => {
    if (!('looked' in sighting) || sighting.source.protects !== protects) return [];
    const { source, kind, recoveryPoint } = sighting.looked;
    const point = recoveryPoint === undefined ? undefined : Date.parse(recoveryPoint);
    return [{ source, kind, point, restoreMs: sighting.dump?.restoreMs }];
  });
}

function findingsOf(sighting: Sighting): Finding[] {
  if ('looked' in sighting) return sighting.looked.findings;
  const remedy = 'Mend what it names; until then nobody knows whether this backup is any good.';
  return [{ severity: 'critical', target: `${sighting.source.name}: not looked at`, what: sighting.unseen, remedy }];
}

/** What was known of a source that could not be looked at has not cleared. */
function unseenIn(sightings: Sighting[], swept: Swept): (target: string) => boolean {
  const sources = sightings.filter((sighting) => 'unseen' in sighting).map(({ source }) => `${source.name}: `);
  const unseen = [...sources, ...(swept.isUnseen ? ['scratch database '] : [])];
  return (target) => unseen.some((prefix) => target.startsWith(prefix));
}

const RANK = { info: 0, warning: 1, critical: 2 };

/** One finding for each target, the worst; what else was found at it is said with it. */
function worstOfEach(findings: Finding[]): Finding[] {
  return [...Map.groupBy(findings, ({ target }) => target).values()].flatMap((own) => {
    const [worst] = own.toSorted((a, b) => RANK[b.severity] - RANK[a.severity]);
    const what = [...new Set(own.map((finding) => finding.what))].join('; ');
    return worst === undefined ? [] : [{ ...worst, what }];
  });
}
