/** Any number of sorted targets, looked at in one pass as a runbook does, with a ledger that the next pass is merged with. */
import { type Findings, type Found, openFindings } from '../../functions/runtime/findings.ts';
import type { Store } from '../../functions/runtime/store.ts';

const ROWS_IN_A_PIECE = 1_000;

export type Pass = {
  store: Store;
  rows: number;
  /** A later pass finds less and remembers more. */
  pass: number;
  /** Called with the number of targets that have been looked at, after each piece. */
  onPiece?: (rows: number) => void;
};

/** Looks at all targets and replaces the ledger. */
export async function lookAtAll({ store, rows, pass, onPiece }: Pass): Promise<Found & { remembered: number }> {
  const findings = await openFindings(store, 'state/manifest/ledger.jsonl.gz');
  let remembered = 0;
  try {
    for (let first = 0; first < rows; first += ROWS_IN_A_PIECE) {
      remembered += await lookAtPiece(findings, { first, end: Math.min(first + ROWS_IN_A_PIECE, rows), pass });
      await findings.drained();
      onPiece?.(first + ROWS_IN_A_PIECE);
    }
    const found = await findings.finish(`reports/manifest/${pass}.findings.jsonl.gz`);
    await findings.remember();
    return { ...found, remembered };
  } finally {
    await findings.discard();
  }
}

/** Every target is remembered, as marked blobs are; one in ten has a finding, which is gone on the second pass from every other. */
async function lookAtPiece(findings: Findings, piece: { first: number; end: number; pass: number }): Promise<number> {
  let remembered = 0;
  for (let row = piece.first; row < piece.end; row++) {
    const target = `attachments/2026/${String(row).padStart(9, '0')}`;
    const loading = findings.ready(target);
    if (loading) await loading;
    if (findings.before(target)?.memo !== undefined) remembered += 1;
    const isFound = row % (10 * piece.pass) === 0;
    const finding = { severity: 'warning', target, what: 'no row refers to it', remedy: 'It is quarantined.' } as const;
    findings.look(target, { ...(isFound && { finding }), memo: '1795132800' });
  }
  return remembered;
}
