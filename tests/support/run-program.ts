/** A program that is run to its end. */
export interface ProgramResult {
  readonly code: number;
  /** Standard output. */
  readonly output: string;
  readonly errors: string;
}

/** Ends after `timeout` ms whatever happens. */
export async function runProgram(argv: readonly string[], timeout = 20_000): Promise<ProgramResult> {
  const child = Bun.spawn([...argv], { stdin: "ignore", stdout: "pipe", stderr: "pipe", timeout });
  const [output, errors] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()]);
  return { code: await child.exited, output, errors };
}
