/** A program that is run to its end. */
export interface ProgramResult {
  readonly code: number;
  /** Standard output. */
  readonly output: string;
  readonly errors: string;
}

/** Ends after `timeout` ms whatever happens. `env`: beside that of the tests. */
export async function runProgram(
  argv: readonly string[],
  timeout = 20_000,
  env: Readonly<Record<string, string>> = {},
): Promise<ProgramResult> {
  const child = Bun.spawn([...argv], {
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
    timeout,
    env: { ...process.env, ...env },
  });
  const [output, errors] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()]);
  return { code: await child.exited, output, errors };
}
