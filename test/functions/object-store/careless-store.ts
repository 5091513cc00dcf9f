/** A store that speaks S3 as some do: it heeds neither If-Match nor Range, lists in any order, and breaks off without a word. */
import { createServer, type Server } from 'node:http';

export type Careless = { endpoint: string; stop(): Promise<void> };

type Behaviour = {
  /** What each GET of an object is answered with, one after the other; the last stays. */
  answers?: { etag: string; body: string; cutAfter?: number }[];
  /** Keys in the order in which they are listed. */
  keys?: string[];
};

const AT = 'Fri, 20 Nov 2026 02:00:00 GMT';

export async function startCareless({ answers = [], keys = [] }: Behaviour): Promise<Careless> {
  let gets = 0;
  const server = createServer((request, response) => {
    if (request.url?.includes('list-type')) return response.end(listing(keys));
    const isHead = request.method === 'HEAD';
    const answer = answers[Math.min(isHead ? 0 : gets, answers.length - 1)];
    if (answer === undefined) return response.writeHead(404).end();
    if (!isHead) gets += 1;
    const { etag, body, cutAfter } = answer;
    if (isHead) return response.writeHead(200, { etag, 'last-modified': AT, 'content-length': body.length }).end();
    // Without a length, nobody can tell an answer that has ended from one that was cut.
    return response.writeHead(200, { etag, 'last-modified': AT }).end(body.slice(0, cutAfter ?? body.length));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  return { endpoint: `http://127.0.0.1:${port}`, stop: () => stop(server) };
}

function listing(keys: string[]): string {
  const contents = keys.map(
    (key) =>
      `<Contents><Key>${key}</Key><LastModified>${new Date(AT).toISOString()}</LastModified><ETag>"e"</ETag><Size>1</Size></Contents>`,
  );
  return `<?xml version="1.0"?><ListBucketResult><IsTruncated>false</IsTruncated>${contents.join('')}</ListBucketResult>`;
}

function stop(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(() => resolve()));
}
