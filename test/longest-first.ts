/**
 * The order of the test files where no earlier run has left its times, as in CI: a crash matrix started last would be a long tail on
 * one core, with the others idle. A test that takes long says so itself, by the time-out that it asks for.
 */
import { readFileSync } from 'node:fs';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const longest = new Map(sorted.map((file) => [file, longestTimeout(file)]));
    return sorted.toSorted((a, b) => (longest.get(b) ?? 0) - (longest.get(a) ?? 0));
  }
}

/** In milliseconds; 0 where no test of the file asks for one. */
function longestTimeout({ moduleId }: TestSpecification): number {
  const asked = [...readFileSync(moduleId, 'utf8').matchAll(/\btimeout: ([\d_]+)/g)];
  return Math.max(0, ...asked.map(([, ms = '']) => Number(ms.replaceAll('_', ''))));
}
