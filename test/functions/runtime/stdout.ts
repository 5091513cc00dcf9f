/** What is written to standard output and standard error, which in Lambda is the log. */
import { vi } from 'vitest';

/** The lines that go to standard output while `work` runs; they are not printed. */
export async function linesOnStdout(work: () => Promise<unknown>): Promise<string[]> {
  return (await linesWritten(work)).out;
}

/** The same for both streams and for `console`, whose own streams a test runner puts aside. */
export async function linesWritten(work: () => Promise<unknown>): Promise<{ out: string[]; error: string[] }> {
  const written = { out: [] as string[], error: [] as string[] };
  const spies = [
    vi.spyOn(process.stdout, 'write').mockImplementation(taker(written.out)),
    vi.spyOn(process.stderr, 'write').mockImplementation(taker(written.error)),
    vi.spyOn(console, 'log').mockImplementation((...parts) => void written.out.push(parts.join(' '))),
    vi.spyOn(console, 'warn').mockImplementation((...parts) => void written.error.push(parts.join(' '))),
    vi.spyOn(console, 'error').mockImplementation((...parts) => void written.error.push(parts.join(' '))),
  ];
  try {
    await work();
    return written;
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
}

function taker(lines: string[]) {
  return (chunk: string | Uint8Array) => {
    lines.push(...String(chunk).split('\n').filter(Boolean));
    return true;
  };
}
