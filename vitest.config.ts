import { defineConfig } from 'vitest/config';
import { LongestFirst } from './test/longest-first.ts';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/request-log.ts'],
    // Vitest leaves one core to itself, which is half of a machine with two, and has little to do while tests run.
    maxWorkers: '100%',
    sequence: { sequencer: LongestFirst },
    // What the functions log belongs to the tests that fail.
    silent: 'passed-only',
    // Starting a PostgreSQL or synthesizing a first stack takes seconds on two cores.
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});
