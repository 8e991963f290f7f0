/** What a supervisor and a terminal may ask for. */
export interface SignalActions {
  /** `by`: the signal's name. */
  stop(by: string): void;
  /** Whatever the stop waits for ends now. */
  cut(): void;
  reload(): void;
}

/** Ended by a signal, as a shell counts it: 128 + 2. */
const INTERRUPTED = 130;

/**
 * SIGTERM and SIGINT stop; a second one cuts what the stop waits for, with exit code 130, and a third ends the process.
 * SIGHUP reloads. Answers how to take it back.
 */
export function handleSignals(actions: SignalActions): () => void {
  let asked = 0;
  const stop = (signal: NodeJS.Signals): void => {
    asked++;
    if (asked === 1) actions.stop(signal);
    else if (asked === 2) {
      process.exitCode = INTERRUPTED;
      actions.cut();
    } else process.exit(INTERRUPTED);
  };
  const reload = (): void => actions.reload();
  process.on("SIGINT", stop);
  process.on("SIGTERM", stop);
  process.on("SIGHUP", reload);
  return () => {
    process.off("SIGHUP", reload);
    // The others stay: while the edge drains a second one still has to cut.
  };
}
