/** How the server is set up: who may connect, and which settings it runs with. */
import { chownSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Account } from './account.ts';
import type { Certificates } from './certificates.ts';

/** `folder` is the run's own; the cluster is in `data` inside it. */
export type Configured = { account: Account; folder: string; certificates: Certificates };

/** Durability is of no use to data that is thrown away, and waiting for the disk costs time. */
const SETTINGS = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  ssl: 'on',
  password_encryption: 'scram-sha-256',
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  timezone: 'UTC',
  log_timezone: 'UTC',
};

/** Passwords only, over TLS only, from this machine only. */
const HOST_RULES = 'hostssl all all 127.0.0.1/32 scram-sha-256\n';

/** Writes the certificate, its key and the rules of who may connect, readable by the server's user only. */
export function writeServerFiles({ folder, account, certificates }: Configured): void {
  const files = { 'server.crt': certificates.certPem, 'server.key': certificates.keyPem, 'pg_hba.conf': HOST_RULES };
  for (const [name, text] of Object.entries(files)) {
    writeFileSync(join(folder, name), text, { mode: 0o600 });
    const { uid, gid } = account.ids;
    if (uid !== undefined && gid !== undefined) chownSync(join(folder, name), uid, gid);
  }
}

/** The command line. `settings` win over ours, but not over where the files are. */
export function serverArguments(folder: string, settings: Record<string, string>): string[] {
  const files = {
    hba_file: join(folder, 'pg_hba.conf'),
    ssl_cert_file: join(folder, 'server.crt'),
    ssl_key_file: join(folder, 'server.key'),
  };
  const all = Object.entries({ ...SETTINGS, ...settings, ...files }).flatMap(([name, value]) => [
    '-c',
    `${name}=${value}`,
  ]);
  return ['-D', join(folder, 'data'), ...all];
}
