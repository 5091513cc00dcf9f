/** A real PostgreSQL on this machine, for as long as a night or a test lasts. */
import type { ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { ClientConfig } from 'pg';
import { chooseAccount } from './account.ts';
import { type Binaries, findBinaries, withinReach } from './binaries.ts';
import { type Certificates, makeCertificates } from './certificates.ts';
import { copyCluster, setPassword } from './cluster.ts';
import { type Configured, serverArguments, writeServerFiles } from './configuration.ts';
import { findFreePort } from './free-port.ts';
import { removeLeftovers } from './leftovers.ts';
import { choosePlace, inMemory, makeRunFolder } from './place.ts';
import { halt, launch } from './postmaster.ts';
import { explain } from './start-error.ts';

export type Postgres = {
  host: '127.0.0.1';
  port: number;
  /** The authority to trust; the certificate is for `localhost` and 127.0.0.1. */
  caPem: string;
  /** The server's own certificate and key, for a proxy that stands in for it. */
  certificates: Certificates;
  /** How `pg` logs in as the superuser, with a verified certificate. */
  admin: ClientConfig & { password: string };
  /** What the server logs; removed by `stop`. */
  logPath: string;
  /** Sentences for a person, such as where the data went instead. */
  notes: string[];
  /** Resolves when no process of the server is left and its data is gone. Without it, the same happens when we end. */
  stop(): Promise<void>;
};

const PORT_TRIES = 5;

type Run = Configured & { binaries: Binaries };

/**
 * Starts PostgreSQL 18 with an empty cluster, UTF8, TLS and a random superuser password, on a free port of 127.0.0.1.
 * `settings` are server settings (`log_statement`, …) and win over ours, but for the port. Data that stays small may be kept
 * `inMemory`, where the machine has room there. Throws `StartError`.
 */
export async function startPostgres(options: {
  dataRoot: string;
  settings?: Record<string, string>;
  inMemory?: boolean;
}): Promise<Postgres> {
  const found = findBinaries();
  const account = chooseAccount();
  let root = options.dataRoot;
  try {
    const place = choosePlace(options.dataRoot, account);
    root = place.root;
    const runs = options.inMemory ? inMemory(root, account) : root;
    await removeLeftovers(runs);
    const binaries = await withinReach(found, { account, root });
    return await startIn({ binaries, account, place: { ...place, runs }, settings: options.settings ?? {} });
  } catch (error) {
    throw explain(error, { root, account: account.name });
  }
}

type Start = Omit<Run, 'folder' | 'certificates'> & {
  /** `runs` is where each running server has a folder. */
  place: { root: string; runs: string; notes: string[] };
  settings: Record<string, string>;
};

async function startIn({ binaries, account, place, settings }: Start): Promise<Postgres> {
  const folder = makeRunFolder(place.runs, account);
  const remove = () => rmSync(folder, { recursive: true, force: true });
  try {
    const [certificates, password] = await Promise.all([
      makeCertificates(),
      prepareCluster({ binaries, account, folder }, place.root),
    ]);
    const run = { binaries, account, folder, certificates };
    writeServerFiles(run);
    const { child, port } = await launchOnFreePort(run, settings);
    return describe({ run, port, password, notes: place.notes, stop: () => halt(child).then(remove) });
  } catch (error) {
    remove();
    throw error;
  }
}

async function prepareCluster(run: Omit<Run, 'certificates'>, root: string): Promise<string> {
  const dataDir = join(run.folder, 'data');
  const password = randomBytes(24).toString('hex');
  await copyCluster({ ...run, root }, dataDir);
  await setPassword(run, { dataDir, password });
  return password;
}

/** Between finding a free port and opening it somebody else may take it: then another one is tried. */
async function launchOnFreePort(
  run: Run,
  settings: Record<string, string>,
): Promise<{ child: ChildProcess; port: number }> {
  for (let tries = 1; ; tries += 1) {
    const port = await findFreePort();
    try {
      const args = serverArguments(run.folder, { ...settings, port: String(port) });
      return { port, child: await launch({ program: run.binaries.postgres, args, ...run }) };
    } catch (error) {
      if (tries === PORT_TRIES || !String(error).includes('Address already in use')) throw error;
    }
  }
}

type Started = { run: Run; port: number; password: string; notes: string[]; stop: () => Promise<void> };

function describe({ run, port, password, notes, stop }: Started): Postgres {
  const { caPem } = run.certificates;
  const host = '127.0.0.1';
  return {
    host,
    port,
    caPem,
    certificates: run.certificates,
    admin: { host, port, user: 'postgres', password, database: 'postgres', ssl: { ca: caPem } },
    logPath: join(run.folder, 'postgres.log'),
    notes,
    stop,
  };
}
