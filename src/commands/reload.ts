/** `roundtrip reload`: the running edge reads its config again. */
import { type AdminChoice, errorOf, requireAdmin } from "./admin-client.ts";
import { CommandFailure, ExitCode } from "./command-failure.ts";

export interface ReloadOptions extends AdminChoice {
  readonly json?: boolean;
}

type Result = { readonly ok: true; readonly version: number } | { readonly ok: false; readonly problems: string };

export async function reload(options: ReloadOptions): Promise<ExitCode> {
  const answer = await requireAdmin(options).post("/reload");
  const result = answer.body;
  if (!isResult(result)) throw new CommandFailure(`the edge did not reload: ${errorOf(answer)}`);
  if (options.json === true) {
    process.stdout.write(`${JSON.stringify(result, null, 2)}\n`);
  } else if (result.ok) {
    process.stdout.write(`reloaded: plan ${result.version} takes new requests; live ones end with theirs\n`);
  } else {
    process.stderr.write(`not reloaded: the old plan stays\n\n${result.problems.trimEnd()}\n`);
  }
  return result.ok ? ExitCode.ok : ExitCode.fault;
}

function isResult(value: unknown): value is Result {
  if (typeof value !== "object" || value === null || !("ok" in value)) return false;
  if (value.ok === true) return "version" in value && typeof value.version === "number";
  return "problems" in value && typeof value.problems === "string";
}
