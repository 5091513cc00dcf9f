import { defineConfig } from 'vitest/config';

/** `npm run conformance`: what we rely on AWS for, held against the endpoint that the environment names. */
export default defineConfig({
  test: {
    include: ['test/conformance/**/*.conformance.ts'],
    globalSetup: ['test/conformance/held-to-account.ts'],
    // Against AWS itself, making and clearing a bucket of a thousand objects takes most of a minute.
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
