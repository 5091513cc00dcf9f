/** Judges how many blobs the next wave may have. Pure. */

/** The halt parameter is asked before each wave, and each is put on record as a whole. */
const MOST = 500;
/** Looking at the rows of a wave, putting it on record, and the look afterwards; what does not fit any more is left for the next run. */
export const WAVE_MS = 15_000;

/** What a blob takes is what its requests take at the rate, or what those of the last wave took where that was longer. */
type Left = { workMs: number; secondsPerBlob: number };

/** At least 1: what a single blob takes fits into what is kept for the rest. */
export function waveSize({ workMs, secondsPerBlob }: Left): number {
  return Math.max(1, Math.min(MOST, Math.floor((workMs - WAVE_MS) / 1000 / secondsPerBlob)));
}
