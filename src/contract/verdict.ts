/**
 * What a stage of the path says of an exchange. Numbers, so that the loop over the stages makes no object.
 *
 * `pass`: the next stage may have it. `waiting`: somebody outside holds it and calls `resume` exactly once; the stage is
 * then entered again. `stopped`: `Exchange.answer` or `Exchange.fault` says what the client gets.
 */
export const Verdict = { pass: 0, waiting: 1, stopped: 2 } as const;
export type Verdict = (typeof Verdict)[keyof typeof Verdict];
