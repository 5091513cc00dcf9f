import { defineConfig } from 'vitest/config';

/**
 * The proof that each role allows what its function asks for, and no more: from the requests that the last whole
 * `vitest run` put on record, so it is a run of its own and comes after that one.
 */
export default defineConfig({
  test: {
    include: ['test/proof/**/*.proof.ts'],
    // One process for all: they share the synthesized stacks, which cost more than what is asked of them.
    isolate: false,
    maxWorkers: 1,
    // Three stacks are synthesized, and some thousand questions asked of their policies.
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
});
