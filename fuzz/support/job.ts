/** What the main thread asks of a fuzzing thread. */
export interface Job {
  readonly seconds: number;
  /** 0: as many as fit into the time. */
  readonly runs: number;
  readonly seed: number;
  /** Runs begun, length of the input, its kind, as 32-bit numbers; then the input itself. */
  readonly progress: SharedArrayBuffer;
}

/** Bytes before the input. */
export const PROGRESS_HEADER = 12;

export type Outcome =
  | {
      readonly kind: "passed";
      readonly runs: number;
      /** Inputs kept, the corpus among them. */
      readonly pool: number;
      /** Different outcomes. */
      readonly endings: number;
      readonly milliseconds: number;
    }
  | { readonly kind: "failed"; readonly run: number; readonly error: string };
