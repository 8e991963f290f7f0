/** What a transfer and its times are held within: alone, since a config has them as its defaults and need load no more. */

export interface TransferLimits {
  /** Records of a zone, or of all differences of one answer. */
  readonly records: number;
  /** Bytes of all messages. */
  readonly bytes: number;
}

export const TRANSFER_LIMITS: TransferLimits = { records: 10_000_000, bytes: 2 ** 30 };

/** Enough for 10 GB at 100 Mbit/s; what drips is given up. Milliseconds. */
export const TRANSFER_TIME = 900_000;

/** Seconds. */
export interface TimerLimits {
  readonly shortest: number;
  readonly longest: number;
}

export const TIMER_LIMITS: TimerLimits = { shortest: 10, longest: 28 * 86_400 };
