/** Powertools writes metrics to standard output by a console of its own, which vitest cannot keep for the tests that fail. */
const write = process.stdout.write.bind(process.stdout);

process.stdout.write = ((text: unknown, ...more: []) =>
  typeof text === 'string' && text.startsWith('{"_aws"') ? true : write(text as string, ...more)) as typeof write;
