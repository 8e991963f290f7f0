/** The verbs of the command line and their options. What each does is in its own file, loaded when it is called. */
import { Command, CommanderError, Option } from "commander";
import { ConfigError } from "../schema/problem.ts";
import { SystemRefusal } from "../schema/system-failure.ts";
import { renderProblems } from "../config/render-problems.ts";
import { VERSION } from "../version.ts";
import {
  adminOptions,
  answerTimeout,
  asCalled,
  type EdgeOptions,
  edgeOptions,
  examples,
  parsePort,
  parseTimeout,
  parseWait,
  withDeadline,
} from "./cli-options.ts";
import { addCompletion } from "./cli-completion.ts";
import { addDnsVerbs } from "./cli-dns.ts";
import { addPoolVerbs } from "./cli-pools.ts";
import { CommandFailure, ExitCode } from "./command-failure.ts";
import type { ExplainOptions } from "./explain.ts";
import { programName } from "./program-name.ts";
import type { ServeOptions } from "./serve.ts";

/** Runs what the arguments (without program and script) ask for; answers the exit code. Rejects only for a bug. */
export async function runCli(args: readonly string[]): Promise<number> {
  let exitCode: number = ExitCode.ok;
  const program = buildProgram((code) => {
    exitCode = code;
  });
  try {
    await program.parseAsync(args, { from: "user" });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? ExitCode.ok : ExitCode.unusable;
    return reportFailure(error);
  }
}

function reportFailure(error: unknown): number {
  if (error instanceof ConfigError) {
    const colour = process.stderr.isTTY && (process.env["NO_COLOR"] ?? "") === "";
    const refused = error instanceof SystemRefusal;
    process.stderr.write(
      `${refused ? "the edge cannot start here" : "the config cannot be used"}\n\n${renderProblems(error.problems, colour)}`,
    );
    return ExitCode.fault;
  }
  if (!(error instanceof CommandFailure)) throw error;
  process.stderr.write(
    `roundtrip: ${error.message}\n${error.remedy === "" ? "" : `  ${error.remedy.replaceAll("\n", "\n  ")}\n`}`,
  );
  return error.exitCode;
}

export function buildProgram(done: (code: number) => void): Command {
  const program = new Command(programName())
    .description("The whole path of a web request in one program, and the explanation of every step of it.")
    .version(VERSION, "-v, --version")
    .configureHelp({ subcommandTerm: verbWithArguments })
    .showHelpAfterError("(--help shows what there is)")
    .exitOverride()
    .addHelpText("after", programHelp());
  addServe(program, done);
  addExplain(program, done);
  addCheck(program, done);
  addOperation(program, done);
  addStop(program, done);
  program.commandsGroup("Pools and their targets:");
  addPoolVerbs(program, done);
  program.commandsGroup("Names:");
  addDnsVerbs(program, done);
  program.commandsGroup("The shell:");
  addCompletion(program, done);
  return program;
}

/** That there are options goes without saying. */
function verbWithArguments(command: Command): string {
  return `${command.name()} ${command.usage().replace("[options] ", "").replace("[options]", "")}`.trimEnd();
}

/** What to try first, in columns. */
function programHelp(): string {
  const lines: ReadonlyArray<readonly [command: string, what: string]> = [
    ["roundtrip demonstration", "a shop to try it on"],
    ["roundtrip explain http://127.0.0.1:8080/", "what would happen"],
    ["roundtrip explain --analyze http://127.0.0.1:8080/", "the same, sent"],
    ["roundtrip serve edge.yaml", "an edge of your own"],
  ];
  const called = lines.map(([command, what]) => [asCalled(command), what] as const);
  const width = Math.max(...called.map(([command]) => command.length));
  return `
To begin:
${called.map(([command, what]) => `  ${command.padEnd(width)}  ${what}`).join("\n")}

Exit codes: 0 success, 1 a fault in the request or the config, 2 wrong usage or
no edge to talk to.`;
}

function addServe(program: Command, done: (code: number) => void): void {
  program
    .command("serve")
    .description("run the edge")
    .argument("[config]", "config file; default: roundtrip.config.* here")
    .option("--load-timeout <duration>", "what the config may take to give its value (default: 10s)", parseTimeout)
    .addHelpText("after", examples("roundtrip serve", "roundtrip serve edge.yaml"))
    .action(async (config: string | undefined, options: ServeOptions) => {
      const { serve } = await import("./serve.ts");
      done(await serve(config, options));
    });
  program
    .command("demonstration")
    .description("run the demonstration: a shop of two services behind the edge")
    .option("--port <port>", "where the edge listens; the next free one when it is taken (default: 8080)", parsePort)
    .option("--data <folder>", "folder that keeps the database and the access log")
    .addHelpText("after", examples("roundtrip demonstration --port 9000"))
    .action(async (options: { port?: number; data?: string }) => {
      const { runDemonstration } = await import("./demonstration.ts");
      done(await runDemonstration(options));
    });
}

function addExplain(program: Command, done: (code: number) => void): void {
  const command = program
    .command("explain")
    .description("what happens to a request at every station, and why")
    .argument("[url]", "http URL; the running edge that listens on its port explains it")
    .option("--analyze", "really send the request, and show the times")
    .option("--id <trace>", "explain a request that already happened")
    .option("-X, --method <method>", "request method (default: GET, or POST with --data)")
    .option("-H, --header <field>", 'request field as "Name: value"; can be repeated', collect)
    .option("-d, --data <text>", "request body")
    .option("--timeout <duration>", "for the answer, and for that of --analyze (default: 30s)", parseWait)
    .addOption(new Option("--client <address>", "plan for a client at this address").conflicts("analyze"))
    .addOption(
      new Option("--config <file>", "plan with this config; no edge needs to run").conflicts(["analyze", "id"]),
    );
  adminOptions(command)
    .addHelpText(
      "after",
      examples(
        "roundtrip explain http://127.0.0.1:8080/orders/7",
        "roundtrip explain --analyze http://127.0.0.1:8080/orders/7",
        "roundtrip explain --id 0af7651916cd43dd8448eb211c80319c",
        'roundtrip explain --config edge.yaml -H "Host: shop.test" http://127.0.0.1',
        "roundtrip explain --client 203.0.113.7 -X PUT http://127.0.0.1:8080/users",
      ),
    )
    .action(async (url: string | undefined, options: ExplainOptions) => {
      const { explain } = await import("./explain.ts");
      done(await explain(url, options));
    });
}

function addCheck(program: Command, done: (code: number) => void): void {
  program
    .command("check")
    .description("check a config and print the plan it compiles to")
    .argument("[config]", "config file; default: roundtrip.config.* here")
    .option("--elsewhere", "for another machine: do not check addresses, permissions and folders here")
    .option("--json", "JSON output")
    .addHelpText(
      "after",
      examples("roundtrip check", "roundtrip check --json edge.yaml", "roundtrip check --elsewhere"),
    )
    .action(async (config: string | undefined, options: { json?: boolean; elsewhere?: boolean }) => {
      const { checkCommand } = await import("./check.ts");
      done(await checkCommand(config, { json: options.json === true, elsewhere: options.elsewhere === true }));
    });
}

function addOperation(program: Command, done: (code: number) => void): void {
  answerTimeout(edgeOptions(program.command("reload").description("make the running edge reload its config")))
    .addHelpText("after", examples("roundtrip reload", "roundtrip reload --port 8080"))
    .action(async (options: EdgeOptions) => {
      const { reload } = await import("./reload.ts");
      done(await reload(options));
    });
  answerTimeout(
    edgeOptions(program.command("status").description("the state of the running edge and of its upstreams")),
  )
    .addHelpText("after", examples("roundtrip status", "roundtrip status --config edge.yaml --json"))
    .action(async (options: EdgeOptions) => {
      const { status } = await import("./status.ts");
      done(await status(options));
    });
}

function addStop(program: Command, done: (code: number) => void): void {
  const command = program
    .command("stop")
    .description("drain and stop the running edge; waits until it has ended")
    .option(
      "--timeout <duration>",
      "when open requests and tunnels are cut, 0 for never (default: the config's timeouts.drain)",
      parseTimeout,
    );
  edgeOptions(command)
    .addHelpText("after", examples("roundtrip stop", "roundtrip stop --port 8080 --timeout 5s"))
    .action(async (options: EdgeOptions) => {
      const { stop } = await import("./stop.ts");
      done(await stop(withDeadline(options)));
    });
}

function collect(value: string, previous: readonly string[] | undefined): string[] {
  return [...(previous ?? []), value];
}
