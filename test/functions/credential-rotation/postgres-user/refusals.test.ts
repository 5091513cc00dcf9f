/** What keeps a rotation from beginning, or from believing what it should not. */
import { createServer, type Server } from 'node:net';
import { describe, expect, it } from 'vitest';
import { makeCertificates } from '../../../../local/postgres/certificates.ts';
import { asOwner, call, logsIn, type Rotated, rotate } from '../ground.ts';
import { ROLE, useUser } from './ground.ts';

const on = useUser();
const { held, turn } = on;

// biome-ignore lint/suspicious/noExplicitAny: settings that a test changes
type Edit = (secret: any) => void;
function edited(edit: Edit): Rotated {
  const settings = structuredClone(on.user.rotated.settings) as { secrets: object[] };
  edit(settings.secrets[0]);
  return { ...on.user.rotated, settings };
}
const becauseOf = (reports: { because?: string }[]) => reports.at(-1)?.because;
/** Nothing was stored, nothing was changed. */
async function expectUntouched(): Promise<void> {
  expect(held('AWSPENDING')).toBeUndefined();
  expect(held('AWSCURRENT')).toBeDefined();
  expect(await logsIn(on.estate, on.user.first)).toBe(true);
}

describe('F39 a secret that names somebody, or some place, that was not deployed', () => {
  it.each([
    ['another user', { username: 'postgres' }, 'names a user that is not deployed; allowed: alexander_app'],
    ['another host', { host: 'db.attacker.example' }, 'names a host that is not deployed'],
    ['another port', { port: 6432 }, 'names another port'],
    ['no password', { password: '' }, 'is not in the RDS format; wrong or missing: password'],
  ])('is refused: %s', async (_what, fields, because) => {
    on.estate.aws.resetSecret(on.user.secretArn, JSON.stringify({ ...on.user.first, ...fields }));
    expect(becauseOf(await turn())).toContain(because);
    await expectUntouched();
  });

  it.each(['SUPERUSER', 'REPLICATION', 'BYPASSRLS'])('is refused: a role with %s', async (power) => {
    await asOwner(on.estate, `ALTER ROLE ${ROLE} ${power}`);
    try {
      expect(becauseOf(await turn())).toContain(`is more than an application’s (${power})`);
      await expectUntouched();
    } finally {
      await asOwner(on.estate, `ALTER ROLE ${ROLE} NO${power}`);
    }
  });

  it('is refused: a member of the role that RDS gives to its master users', async () => {
    await asOwner(on.estate, `CREATE ROLE rds_superuser; GRANT rds_superuser TO ${ROLE}`);
    try {
      expect(becauseOf(await turn())).toContain('rds_superuser');
      await expectUntouched();
    } finally {
      await asOwner(on.estate, 'DROP ROLE rds_superuser');
    }
  });

  it('is refused: a secret that settings do not have', async () => {
    const secretArn = on.estate.aws.createSecret(`alexander/other-${Date.now()}`, JSON.stringify(on.user.first));
    const reports = await rotate(on.estate, on.user.rotated, { secretArn });
    expect(becauseOf(reports)).toContain('is not among those that are deployed');
  });
});

describe('F35 a server that is not who it should be', () => {
  it('is refused: another CA', async () => {
    const { caPem } = await makeCertificates();
    expect(becauseOf(await turn({ rotated: edited((secret) => Object.assign(secret.server, { caPem })) }))).toMatch(
      /certificate|CA/i,
    );
    await expectUntouched();
  });

  it('is refused: another name', async () => {
    const elsewhere = (secret: { server: object }) => Object.assign(secret.server, { hosts: ['127.0.0.2'] });
    on.estate.aws.resetSecret(on.user.secretArn, JSON.stringify({ ...on.user.first, host: '127.0.0.2' }));
    expect(becauseOf(await turn({ rotated: edited(elsewhere) }))).toMatch(/127\.0\.0\.2/);
    expect(held('AWSPENDING')).toBeUndefined();
  });

  it('is refused without TLS, and no password crosses the wire', async () => {
    const { port, heard, close } = await plainServer();
    try {
      const there = (secret: { server: object }) => Object.assign(secret.server, { port, hosts: ['127.0.0.1'] });
      expect(becauseOf(await turn({ rotated: edited(there) }))).toContain('does not support SSL');
      expect(heard()).not.toContain(on.user.first.password);
    } finally {
      await close();
    }
  });
});

/** Says no to TLS, and would take anything else. */
async function plainServer() {
  let all = '';
  const server: Server = createServer((socket) => {
    socket.on('data', (bytes) => {
      all += bytes.toString('latin1');
      socket.write('N');
    });
    socket.on('error', () => {});
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  return { port, heard: () => all, close: () => new Promise((resolve) => server.close(resolve)) };
}

describe('F36 what is not about the password', () => {
  it('is no wrong password: a role that may not log in is not taken for one, and nothing is changed', async () => {
    await asOwner(on.estate, `ALTER ROLE ${ROLE} NOLOGIN`);
    try {
      const report = await call(on.estate, on.user.rotated);
      expect(report.findings).toMatchObject([{ severity: 'critical', target: 'alexander/jobs (look)' }]);
      expect(report.findings[0]?.what).toContain('28000');
      expect(becauseOf(await turn())).toContain('28000');
      expect(held('AWSPENDING')).toBeUndefined();
    } finally {
      await asOwner(on.estate, `ALTER ROLE ${ROLE} LOGIN`);
    }
  });

  it('is no wrong password: a server that is not there', async () => {
    const nowhere = edited((secret) => Object.assign(secret.server, { port: 1 }));
    const report = await call(on.estate, nowhere);
    expect(report.findings[0]?.what).toContain('ECONNREFUSED');
    expect(report.outcomes).toEqual([]);
  });

  it('is told as a locked-out secret only where PostgreSQL itself says that the password is wrong', async () => {
    await asOwner(on.estate, `ALTER ROLE ${ROLE} PASSWORD 'somebody0elses0idea'`);
    const report = await call(on.estate, on.user.rotated);
    expect(report.findings.map(({ target }) => target)).toContain('alexander/jobs (current)');
  });
});

describe('F38 a login that connects and may do nothing', () => {
  it('stops the rotation at its test', async () => {
    const cannot = edited((secret) => Object.assign(secret, { work: 'SELECT count(*) FROM public.access_keys' }));
    const reports = await turn({ rotated: cannot });
    expect(reports).toHaveLength(3);
    expect(becauseOf(reports)).toContain('PostgreSQL says 42501');
    expect(held('AWSCURRENT')).toEqual(on.user.first);
  });

  it('is not tried by a statement that changes something', async () => {
    const writes = edited((secret) =>
      Object.assign(secret, {
        work: `INSERT INTO public.users (username, email, password_hash) VALUES ('x', 'x', 'x')`,
      }),
    );
    expect(becauseOf(await turn({ rotated: writes }))).toContain('PostgreSQL says 25006');
  });
});
