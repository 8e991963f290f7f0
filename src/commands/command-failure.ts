/** Exit codes of every command. */
export const ExitCode = {
  ok: 0,
  /** The request, its plan or the new config ended in a fault. */
  fault: 1,
  /** Wrong usage, or the edge cannot be reached. */
  unusable: 2,
} as const;
export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];

/** A command that cannot do its work: says what happened, and what to do next. */
export class CommandFailure extends Error {
  readonly remedy: string;
  readonly exitCode: ExitCode;

  constructor(message: string, remedy = "", exitCode: ExitCode = ExitCode.unusable) {
    super(message);
    this.name = "CommandFailure";
    this.remedy = remedy;
    this.exitCode = exitCode;
  }
}
