/** The four steps of a rotation against the local estate, in a function that is cold for the first of them and warm for the others. */
import { randomUUID } from 'node:crypto';
import { startEstate } from '../local/estate.ts';
import { deployFunction } from '../local/rotation/deployed-function.ts';
import { median } from './run.ts';

const ROUNDS = 5;
const STEPS = ['createSecret', 'setSecret', 'testSecret', 'finishSecret'];
const KINDS = { 'postgres-user': 'jobsArn', 'postgres-alternating': 'appArn' } as const;

export async function benchRotation(): Promise<string[]> {
  const estate = await startEstate({ withRotation: true });
  try {
    const lines: string[] = [];
    for (const [kind, which] of Object.entries(KINDS)) {
      const secretArn = estate.rotation?.[which] ?? '';
      const name = `credential-rotation-${kind as keyof typeof KINDS}` as const;
      const deployment = estate.settingsOf(name, 'enforce');
      const environment = estate.environmentOf(`${name} enforce`);
      // Two users in turn wait for an overlap between two rotations, so that there is one of them.
      const rounds = kind === 'postgres-user' ? ROUNDS : 1;
      const seconds: number[] = [];
      for (let round = 0; round < rounds; round += 1) {
        const deployed = deployFunction({ bundled: `credential-rotation/${kind}`, deployment, environment });
        const token = randomUUID();
        estate.aws.beginRotation(secretArn, token);
        const began = performance.now();
        for (const Step of STEPS) await deployed.run({ Step, SecretId: secretArn, ClientRequestToken: token }, 'live');
        seconds.push((performance.now() - began) / 1000);
        await deployed.stop();
      }
      lines.push(
        `rotation of ${kind}: the four steps in ${median(seconds).toFixed(2)} s, the cold start included (at most 2)`,
      );
    }
    return lines;
  } finally {
    await estate.stop();
  }
}
