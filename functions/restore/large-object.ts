/** The contents of a large object, in pieces that each are one statement. */
import type { Session } from '../runtime/postgres.ts';
import type { Complaint } from '../runtime/statements.ts';

/** An archive from before PostgreSQL 9 makes no large objects but by their contents. */
const MAKE = `
  SELECT CASE WHEN EXISTS (SELECT FROM pg_catalog.pg_largeobject_metadata WHERE oid = $1::pg_catalog.oid)
    THEN $1::pg_catalog.oid ELSE pg_catalog.lo_create($1::pg_catalog.oid) END`;
/** Says where, so that a piece sent twice is the same piece. */
const WRITE = 'SELECT pg_catalog.lo_put($1::pg_catalog.oid, $2::pg_catalog.int8, $3::pg_catalog.bytea)';

type LargeObject = { oid: string; data: AsyncIterable<Buffer> };

/**
 * Reads `data` to its end whatever PostgreSQL says.
 * @throws RefusalError when the connection is lost, and what reading `data` throws
 */
export async function writeLargeObject(session: Session, { oid, data }: LargeObject): Promise<Complaint | undefined> {
  const made = await session.ask(MAKE, [oid]);
  let complaint = 'complaint' in made ? made.complaint : undefined;
  let at = 0;
  for await (const piece of data) {
    if (complaint !== undefined || piece.length === 0) continue;
    const written = await session.ask(WRITE, [oid, at, piece]);
    if ('complaint' in written) complaint = written.complaint;
    at += piece.length;
  }
  return complaint;
}
