/**
 * Dialogues that show a flaw which is not fixed yet, by name, each with what is wrong. Such a dialogue must fail: when
 * it holds, its entry goes.
 */
export const KNOWN: ReadonlyMap<string, string> = new Map([
  [
    "passes the client's RST on, also behind the upstream's FIN",
    // UpstreamConnection.#discard closes in order whenever the upstream has sent FIN; in a tunnel that tells it that
    // the client had ended, too.
    "the upstream sees an orderly close instead of a reset",
  ],
]);
