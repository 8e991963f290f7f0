/** `roundtrip check [config]`: is the config good, and what does it come to? Connects nowhere, and listens nowhere. */
import { checkDns } from "../dns/config/check-dns.ts";
import { compile } from "../config/compile.ts";
import { configWarnings } from "../config/config-warnings.ts";
import { CONFIG_NAMES, findConfig } from "../config/find.ts";
import { loadConfig } from "../config/load.ts";
import { ConfigError } from "../schema/problem.ts";
import { renderProblems } from "../config/render-problems.ts";
import { SystemRefusal } from "../schema/system-failure.ts";
import { machineProblems } from "./check-machine.ts";
import { planJson, problemsJson } from "./check-json.ts";
import { planTree } from "./check-tree.ts";

export interface CheckOptions {
  /** The plan or the problems as JSON on standard output. */
  readonly json: boolean;
  /** The config is for another machine: this one's addresses, rights and folders say nothing. */
  readonly elsewhere?: boolean;
}

/** Where the command writes: a stream of the process, or a test's own. */
export interface CheckOutput {
  readonly out: (text: string) => void;
  readonly error: (text: string) => void;
  readonly colour: boolean;
}

const REFUSED =
  "the config is well, but this machine would not let this user run it (--elsewhere: it is for another one)\n\n";

const PROCESS_OUTPUT: CheckOutput = {
  out: (text) => {
    process.stdout.write(text);
  },
  error: (text) => {
    process.stderr.write(text);
  },
  colour: process.stderr.isTTY && (process.env.NO_COLOR ?? "") === "",
};

/** Prints the plan, or every problem. Answers the exit code: 0, or 1 when the config cannot be used. */
export async function checkCommand(
  file: string | undefined,
  options: CheckOptions,
  output: CheckOutput = PROCESS_OUTPUT,
): Promise<number> {
  const path = file ?? findConfig(process.cwd());
  if (path === null) {
    output.error(`no config here: neither ${CONFIG_NAMES.join(" nor ")}\n`);
    return 1;
  }
  try {
    const loaded = await loadConfig(path);
    const plan = compile(loaded, { version: 1, previous: null });
    const { dns } = loaded.config;
    const checked = dns === null ? null : await checkDns(dns, loaded);
    if (checked !== null && checked.problems.length > 0) throw new ConfigError(checked.problems);
    const refused = options.elsewhere === true ? [] : await machineProblems(loaded);
    if (refused.length > 0) throw new SystemRefusal(refused);
    const text = options.json
      ? JSON.stringify(planJson(plan, loaded, checked), null, 2)
      : planTree(plan, loaded, checked).join("\n");
    output.out(`${text}\n`);
    output.error(renderProblems(configWarnings(loaded), output.colour));
    return 0;
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const { problems } = error;
    if (options.json) {
      output.out(`${JSON.stringify(problemsJson(problems), null, 2)}\n`);
    } else {
      if (error instanceof SystemRefusal) output.error(REFUSED);
      output.error(
        `${renderProblems(problems, output.colour)}\n${problems.length === 1 ? "1 problem" : `${problems.length} problems`}\n`,
      );
    }
    return 1;
  }
}
