/** One command to a Redis, by the client that comes with it. */
import { execFile } from 'node:child_process';

/** `program`: redis-cli, or what is called so. */
export type Asking = { program: string; port: number; caFile: string };

const TIMEOUT_MS = 10_000;

/** @returns what the server answers, be it a complaint. Rejects where there is no answer */
export function ask(
  { program, port, caFile }: Asking,
  { username = 'default', password }: { username?: string; password: string },
  command: string[],
): Promise<string> {
  const args = ['-h', '127.0.0.1', '-p', String(port), '--tls', '--cacert', caFile, '--user', username, ...command];
  // On the command line the password would be everybody's to read.
  const options = { env: { PATH: process.env.PATH, REDISCLI_AUTH: password }, timeout: TIMEOUT_MS };
  return new Promise((resolve, reject) => {
    execFile(program, args, options, (error, stdout, stderr) => {
      const refused = /^AUTH failed: (.*)/m.exec(`${stdout}\n${stderr}`)?.[1];
      if (refused !== undefined) resolve(refused);
      else if (error) reject(new Error(`${program}: ${stderr || error.message}`));
      else resolve(stdout.trim());
    });
  });
}
