import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import { defineConfig } from 'vitest/config';
import { LongestFirst } from './test/longest-first.ts';

// Each file has a process of its own, and most load the AWS SDK: Node keeps what its packages compile to for the next one.
process.env.NODE_COMPILE_CACHE ??= resolve(import.meta.dirname, '.nightshift/compiled');

export default defineConfig({
  test: {
    // Vitest leaves one core to itself, which is half of a machine with two. A test waits for a third of its time: for a server, for a
    // thread that was killed, for a password to arrive.
    maxWorkers: Math.ceil(1.5 * availableParallelism()),
    sequence: { sequencer: LongestFirst },
    // What the functions log belongs to the tests that fail.
    silent: 'passed-only',
    setupFiles: ['test/quiet-metrics.ts'],
    // Starting a PostgreSQL or synthesizing a first stack takes seconds on two cores.
    testTimeout: 30_000,
    hookTimeout: 60_000,
    projects: [
      {
        extends: true,
        test: {
          name: 'tests',
          include: ['test/**/*.test.ts'],
          exclude: ['test/lib/**'],
          globalSetup: ['test/request-log.ts'],
        },
      },
      {
        extends: true,
        test: {
          name: 'stacks',
          include: ['test/lib/**/*.test.ts'],
          hookTimeout: 180_000,
          // A stack comes from nothing but its settings, so these files share the processes in which CDK, its validator and the
          // bundles are loaded: each of them alone would spend more time on that than on its tests.
          isolate: false,
        },
      },
    ],
  },
});
