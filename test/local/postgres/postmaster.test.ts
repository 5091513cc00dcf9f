import { existsSync, rmSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { chooseAccount } from '../../../local/postgres/account.ts';
import { findBinaries, withinReach } from '../../../local/postgres/binaries.ts';
import { makeCertificates } from '../../../local/postgres/certificates.ts';
import { copyCluster } from '../../../local/postgres/cluster.ts';
import { serverArguments, writeServerFiles } from '../../../local/postgres/configuration.ts';
import { findFreePort } from '../../../local/postgres/free-port.ts';
import { choosePlace, makeRunFolder } from '../../../local/postgres/place.ts';
import { halt, launch } from '../../../local/postgres/postmaster.ts';

it('says that a port is taken, and starts the same cluster on another one', async () => {
  const account = chooseAccount();
  const { root } = choosePlace('.nightshift/test', account);
  const binaries = await withinReach(findBinaries(), { account, root });
  const folder = makeRunFolder(root, account);
  await copyCluster({ binaries, account, root }, join(folder, 'data'));
  writeServerFiles({ account, folder, certificates: await makeCertificates() });
  const start = (port: number) =>
    launch({ program: binaries.postgres, args: serverArguments(folder, { port: String(port) }), folder, account });

  const occupant = createServer();
  await new Promise<void>((resolve) => occupant.listen(0, '127.0.0.1', resolve));
  await expect(start((occupant.address() as AddressInfo).port)).rejects.toThrow('Address already in use');
  occupant.close();

  const child = await start(await findFreePort());
  expect(child.exitCode).toBeNull();
  await halt(child);
  expect(existsSync(join(folder, 'data'))).toBe(false);
  rmSync(folder, { recursive: true });
});
