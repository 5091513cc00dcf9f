/** Thrown inside a restore when its time is over; whoever asked for the restore is told in its result. */
export class OutOfTimeError extends Error {
  override name = 'OutOfTimeError';
}
