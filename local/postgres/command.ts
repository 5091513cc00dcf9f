/** Runs one short program to its end as the server's user. */
import { spawn } from 'node:child_process';
import type { Account } from './account.ts';

/** Resolves with standard output. Rejects with the program's name, how it ended and what it printed as an error. */
export function run(
  file: string,
  args: string[],
  { account, input = '' }: { account: Account; input?: string },
): Promise<string> {
  return new Promise((resolve, reject) => {
    // cwd: the folder that we were started in may be closed to this user, and PostgreSQL's programs look it up.
    const child = spawn(file, args, { ...account.ids, cwd: '/', env: { PATH: process.env.PATH, LC_ALL: 'C' } });
    const output = { stdout: '', stderr: '' };
    child.stdout.setEncoding('utf8').on('data', (text) => (output.stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text) => (output.stderr += text));
    child.on('error', reject);
    child.on('close', (code, signal) => {
      if (code === 0) resolve(output.stdout);
      else reject(new Error(`${file} ended with ${signal ?? `exit code ${code}`}: ${output.stderr}`));
    });
    child.stdin.on('error', () => {}); // The program may end without reading; its exit code says why.
    child.stdin.end(input);
  });
}
