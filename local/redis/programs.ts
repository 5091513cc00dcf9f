/** Whether a Redis or a Valkey is installed. No npm package brings one, so its tests are skipped where there is none. */
import { execFileSync } from 'node:child_process';

export type Programs = { server: string; cli: string };

const NAMES = [
  { server: 'redis-server', cli: 'redis-cli' },
  { server: 'valkey-server', cli: 'valkey-cli' },
];

/** ACL users came with Redis 6, and TLS with it. */
const OLDEST = 6;

/** @returns what to start, or why there is nothing: a sentence for whoever reads the list of skipped tests */
export function findRedis(): { programs: Programs } | { because: string } {
  for (const programs of NAMES) {
    const version = versionOf(programs.server);
    if (version === undefined || versionOf(programs.cli) === undefined) continue;
    if (version < OLDEST) return { because: `${programs.server} is version ${version}, and ${OLDEST} is the oldest` };
    return { programs };
  }
  return { because: 'neither redis-server nor valkey-server is installed (on Debian: apt-get install redis-server)' };
}

/** Both programs say "Redis server v=7.0.15 …" or "redis-cli 7.0.15". */
function versionOf(program: string): number | undefined {
  try {
    const told = execFileSync(program, ['--version'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
    const version = /\d+(?=\.\d+\.\d+)/.exec(told)?.[0];
    return version === undefined ? undefined : Number(version);
  } catch {
    return undefined;
  }
}
