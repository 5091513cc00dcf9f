/** A base backup, made by hand as PostgreSQL writes one. */
import { createHash } from 'node:crypto';

const BLOCK = 512;

export function labelOf(startLsn: string, segment: string, more = 'START TIME: 2026-11-20 02:00:01 UTC\n'): string {
  return `START WAL LOCATION: ${startLsn} (file ${segment})\nCHECKPOINT LOCATION: ${startLsn}\nBACKUP METHOD: streamed\n${more}`;
}

export type ManifestOf = { files: Record<string, string>; timeline?: number; start?: string; stop?: string };

export function manifestOf({ files, timeline = 1, start = '0/2000028', stop = '0/2000100' }: ManifestOf): string {
  const listed = Object.entries(files).map(([Path, text]) => JSON.stringify({ Path, Size: Buffer.byteLength(text) }));
  const range = { Timeline: timeline, 'Start-LSN': start, 'End-LSN': stop };
  const head = `{ "PostgreSQL-Backup-Manifest-Version": 1,\n"Files": [\n${listed.join(',\n')}\n],\n"WAL-Ranges": [\n${JSON.stringify(range)}\n],\n`;
  return `${head}"Manifest-Checksum": "${createHash('sha256').update(head).digest('hex')}"}\n`;
}

/** A tar archive of small files. */
export function tarOf(files: Record<string, string>): Buffer {
  const entries = Object.entries(files).flatMap(([name, text]) => {
    const body = Buffer.alloc(Math.ceil(Buffer.byteLength(text) / BLOCK) * BLOCK);
    body.write(text);
    return [headerOf(name, Buffer.byteLength(text)), body];
  });
  return Buffer.concat([...entries, Buffer.alloc(2 * BLOCK)]);
}

function headerOf(name: string, bytes: number): Buffer {
  const header = Buffer.alloc(BLOCK);
  header.write(name, 0);
  header.write('0000600\0', 100);
  header.write(`${bytes.toString(8).padStart(11, '0')}\0`, 124);
  header.write('00000000000\0', 136);
  header.write('        0', 148);
  header.write('ustar\0', 257);
  header.write('00', 263);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return header;
}
