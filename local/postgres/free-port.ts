import { type AddressInfo, createServer } from 'node:net';
import { StartError } from './start-error.ts';

/** A TCP port of 127.0.0.1 that was free a moment ago. */
export function findFreePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', (cause) => {
      reject(
        new StartError(`No TCP port of 127.0.0.1 can be opened: ${cause.message}. The local estate needs one.`, {
          cause,
        }),
      );
    });
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as AddressInfo;
      probe.close(() => resolve(port));
    });
  });
}
