/** `roundtrip reload`: the running edge reads its config again. */
import { errorOf } from "./admin-client.ts";
import { CommandFailure, ExitCode } from "./command-failure.ts";
import { type EdgeChoice, requireEdge } from "./find-edge.ts";
import { printAnswer } from "./print-answer.ts";

export interface ReloadOptions extends EdgeChoice {
  readonly json?: boolean;
}

type Result = { readonly ok: true; readonly version: number } | { readonly ok: false; readonly problems: string };

export async function reload(options: ReloadOptions): Promise<ExitCode> {
  const admin = requireEdge(options);
  const answer = await admin.post("/reload");
  const result = answer.body;
  if (!isResult(result)) throw new CommandFailure(`the edge did not reload: ${errorOf(answer)}`);
  printAnswer(admin.edge, options, result, () =>
    result.ok ? `reloaded: plan ${result.version} takes new requests; live ones end with theirs\n` : "",
  );
  if (!result.ok && options.json !== true) {
    process.stderr.write(`not reloaded: the old plan stays\n\n${result.problems.trimEnd()}\n`);
  }
  return result.ok ? ExitCode.ok : ExitCode.fault;
}

function isResult(value: unknown): value is Result {
  if (typeof value !== "object" || value === null || !("ok" in value)) return false;
  if (value.ok === true) return "version" in value && typeof value.version === "number";
  return "problems" in value && typeof value.problems === "string";
}
