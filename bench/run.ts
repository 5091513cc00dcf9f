/** Runs commands side by side: interleaved, so that whatever else the machine does falls on all of them. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';

export type Peer = { name: string; command: string; args: string[]; env?: Record<string, string> };
/**
 * The median of the times by the clock and of the times of the CPU, user and system, of all its processes (what else the machine does
 * says less in it; a process may tell that of the part that counts); the highest of the peaks (resident memory of the one process, where it tells it).
 */
export type Measured = { name: string; seconds: number; cpuSeconds: number; peakMb: number | undefined };

/** Only a shell knows what its children took of the CPU. */
const TIMED = `TIMEFORMAT='%U %S'; time "$@"`;

/** @throws Error with what the command said, where it failed */
export async function sideBySide(peers: Peer[], rounds: number): Promise<Measured[]> {
  const runs = peers.map(() => [] as Omit<Measured, 'name'>[]);
  for (let round = 0; round < rounds; round += 1) {
    for (const [index, peer] of peers.entries()) runs[index]?.push(await runOnce(peer));
  }
  return peers.map(({ name }, index) => {
    const own = runs[index] ?? [];
    const peaks = own.flatMap(({ peakMb }) => (peakMb === undefined ? [] : [peakMb]));
    return {
      name,
      seconds: median(own.map(({ seconds }) => seconds)),
      cpuSeconds: median(own.map(({ cpuSeconds }) => cpuSeconds)),
      peakMb: peaks.length > 0 ? Math.max(...peaks) : undefined,
    };
  });
}

async function runOnce({ name, command, args, env = {} }: Peer): Promise<Omit<Measured, 'name'>> {
  const began = performance.now();
  const child = spawn('bash', ['-c', TIMED, 'bash', command, ...args], {
    env: { PATH: process.env.PATH ?? '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const said = Promise.all([child.stdout.setEncoding('utf8').toArray(), child.stderr.setEncoding('utf8').toArray()]);
  const [code] = await once(child, 'exit');
  const seconds = (performance.now() - began) / 1000;
  const [out, errors = ''] = (await said).map((parts) => parts.join(''));
  if (code !== 0) throw new Error(`${name} failed with ${code}: ${errors}`);
  const told = out?.startsWith('{') ? JSON.parse(out) : {};
  if (told.verdict === 'refused' || told.verdict === 'failed')
    throw new Error(`${name} was ${told.verdict}: ${told.because}`);
  const times = errors.trim().split('\n').at(-1)?.split(' ').map(Number) ?? [];
  return { seconds, cpuSeconds: told.cpuSeconds ?? times.reduce((sum, one) => sum + one, 0), peakMb: told.peakMb };
}

export function median(numbers: number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
