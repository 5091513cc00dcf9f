/** Pieces through one of zlib’s streams, with what is wrong with them told apart. */
import type { Gunzip, Inflate, ZstdDecompress } from 'node:zlib';
import { DumpError } from './dump-error.ts';

type Engine = Gunzip | Inflate | ZstdDecompress;

type Fed = { bytes: number; isEnded: boolean; gaveAny: boolean };

/** @throws DumpError `cut off`, `corrupt` or `bytes after the end`; and whatever `source` throws, as it is */
export async function* through(engine: Engine, source: AsyncGenerator<Buffer>): AsyncGenerator<Buffer> {
  const fed: Fed = { bytes: 0, isEnded: false, gaveAny: false };
  const feeding = feed(engine, source, fed);
  // What it throws ends the engine too, and is thrown below.
  feeding.catch((error) => engine.destroy(error));
  try {
    for await (const piece of engine) {
      fed.gaveAny = true;
      yield piece as Buffer;
    }
    fed.isEnded = true;
    await feeding;
  } catch (error) {
    throw defectOf(error, engine, fed);
  } finally {
    fed.isEnded = true;
    engine.destroy();
    await source.return(undefined);
  }
  if (engine.bytesWritten < fed.bytes) throw afterEnd(engine.bytesWritten);
}

/** Pieces that wait in the engine, so that it has something to do while the next one is fetched. */
const MOST_WAITING = 4;

async function feed(engine: Engine, source: AsyncGenerator<Buffer>, fed: Fed) {
  let [waiting, goOn] = [0, () => {}];
  const taken = () => {
    waiting -= 1;
    goOn();
  };
  // An engine that has come to its end takes no more, and does not say so.
  for (const event of ['close', 'end']) engine.on(event, () => goOn());
  for await (const piece of source) {
    fed.bytes += piece.length;
    // The rest is read all the same, so that all of it is counted.
    if (fed.isEnded || engine.readableEnded || engine.destroyed) continue;
    waiting += 1;
    engine.write(piece, taken);
    if (waiting < MOST_WAITING) continue;
    await new Promise<void>((resolve) => {
      goOn = resolve;
    });
  }
  engine.end();
}

function defectOf(error: unknown, engine: Engine, fed: Fed): unknown {
  const { code = '', message } = error as Error & { code?: string };
  if (!/^(Z_|ZSTD_)/.test(code)) return error;
  if (code === 'Z_BUF_ERROR')
    return new DumpError('cut off', `its compressed data end too early, at byte ${fed.bytes}`);
  // A header is looked for in the middle only where all before it has come to its end and held.
  if (message === 'incorrect header check' && fed.gaveAny) return afterEnd(engine.bytesWritten);
  const at = `about byte ${engine.bytesWritten} of ${fed.bytes} read`;
  return new DumpError('corrupt', `${at}: its compressed data do not hold (${message})`, { cause: error });
}

function afterEnd(at: number): DumpError {
  return new DumpError('bytes after the end', `about byte ${at}: something comes after the end of the compressed data`);
}
