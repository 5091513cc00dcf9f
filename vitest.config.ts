import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/request-log.ts'],
    // What the functions log belongs to the tests that fail.
    silent: 'passed-only',
    // Starting a PostgreSQL or synthesizing a first stack takes seconds on two cores.
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});
