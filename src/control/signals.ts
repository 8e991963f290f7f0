/** What a supervisor and a terminal may ask for. */
export interface SignalActions {
  stop(): Promise<void>;
  reload(): void;
}

/** SIGTERM and SIGINT stop (a second SIGINT at once, with exit code 130), SIGHUP reloads. Answers how to take it back. */
export function handleSignals(actions: SignalActions): () => void {
  let asked = false;
  const stop = (): void => {
    if (asked) process.exit(130);
    asked = true;
    void actions.stop();
  };
  const terminate = (): void => void actions.stop();
  const reload = (): void => actions.reload();
  process.on("SIGINT", stop);
  process.on("SIGTERM", terminate);
  process.on("SIGHUP", reload);
  return () => {
    process.off("SIGHUP", reload);
    process.off("SIGTERM", terminate);
    // SIGINT stays: while the edge drains a second one still has to end it.
  };
}
