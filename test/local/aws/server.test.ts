import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { InvokeCommand } from '@aws-sdk/client-lambda';
import { expect, it } from 'vitest';
import { startStandIn } from '../../../local/aws/stand-in.ts';
import { clientsFor, errorOf } from './clients.ts';

it('says of an error of its own that it is one, to the caller and again when it stops', async () => {
  const standIn = await startStandIn();
  // JSON has no form for this, so the answer cannot be written.
  standIn.registerFunction('odd', () => 1n);
  const call = clientsFor(standIn).lambda.send(new InvokeCommand({ FunctionName: 'odd' }));
  expect((await errorOf(call)).message).toContain('defect of the stand-in');
  await expect(standIn.stop()).rejects.toThrow('the AWS stand-in itself failed');
});

it('takes no harm from a client that leaves in the middle of a request', async () => {
  const standIn = await startStandIn();
  standIn.createBucket('evidence');
  const socket = connect(Number(new URL(standIn.endpoint).port), '127.0.0.1');
  await once(socket, 'connect');
  socket.write('PUT /evidence/k HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\nonly this');
  await setTimeout(100);
  socket.destroy();
  await setTimeout(100);
  expect(standIn.objects('evidence')).toEqual([]);
  await standIn.stop();
});

it('listens on loopback only, and lets go of its port when it stops, open connections or not', async () => {
  const standIn = await startStandIn();
  expect(standIn.endpoint).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
  standIn.registerFunction('fine', () => 1);
  await clientsFor(standIn).lambda.send(new InvokeCommand({ FunctionName: 'fine' }));
  await standIn.stop();
  await expect(fetch(standIn.endpoint)).rejects.toThrow('fetch failed');
});
