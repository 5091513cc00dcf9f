/**
 * The order of the test files where no earlier run has left its times, as in CI. A crash matrix started last would be a long
 * tail on one core, with the others idle.
 */
import { BaseSequencer, type TestSpecification } from 'vitest/node';

export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isMatrix = ({ moduleId }: TestSpecification) => /crash-matrix[^/]*\.test\.ts$/.test(moduleId);
    return [...sorted.filter(isMatrix), ...sorted.filter((file) => !isMatrix(file))];
  }
}
