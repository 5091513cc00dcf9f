/** The client that operators have at hand. */
import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A constant, because it is no package’s binary and may be absent. */
const OPENSSL = 'openssl';

export function hasOpenssl(): boolean {
  try {
    execFileSync(OPENSSL, ['version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

type Asked = { port: number; serverName: string; protocol: string; trustPem: string };

/** `openssl s_client -starttls`, which verifies chain and name and then leaves. */
export function sClient(asked: Asked): Promise<{ code: unknown; output: string }> {
  const { port, serverName, protocol, trustPem } = asked;
  const folder = mkdtempSync(join(tmpdir(), 'nightshift-trust-'));
  const trust = join(folder, 'root.pem');
  writeFileSync(trust, trustPem);
  const at = ['-connect', `127.0.0.1:${port}`, '-servername', serverName, '-starttls', protocol];
  const verify = ['-CAfile', trust, '-verify_return_error', '-verify_hostname', serverName];
  return new Promise((resolve) => {
    const child = execFile(OPENSSL, ['s_client', ...at, ...verify], (error, stdout, stderr) => {
      rmSync(folder, { recursive: true });
      resolve({ code: error?.code ?? 0, output: stdout + stderr });
    });
    child.stdin?.end('Q\n');
  });
}
