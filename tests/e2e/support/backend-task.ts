/** What `backend-process.ts` is told, and tells. */
export interface BackendTask {
  /** In the field `X-Target` of every reply. */
  readonly name: string;
  /** 0: a free one. */
  readonly port: number;
}

/** What is set stays until it is set again. */
export interface Knobs {
  /** Milliseconds before each reply but those to checks and knobs. */
  readonly delay?: number;
  /** Of every reply but those to checks and knobs. */
  readonly status?: number;
  /** Of replies to checks. */
  readonly health?: number;
}

/** Requests so far. */
export interface BackendCounts {
  readonly files: number;
  readonly checks: number;
}

/** Bytes of `/file.bin`. */
export const FILE_LENGTH = 1024;
