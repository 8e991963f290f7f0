/** The verbs about pools and their targets. */
import type { Command } from "commander";
import type { ChangeOptions } from "./change-target.ts";
import {
  answerTimeout,
  type EdgeOptions,
  edgeOptions,
  examples,
  parseTimeout,
  parseUpTo,
  withDeadline,
} from "./cli-options.ts";
import type { DrainOptions } from "./drain.ts";
import type { PoolsOptions } from "./pools.ts";
import type { AddOptions } from "./target.ts";

type Done = (code: number) => void;

const TARGET = "its address, or a part of it that no other has, e.g. 9001";

export function addPoolVerbs(program: Command, done: Done): void {
  addPools(program, done);
  addLeave(program, done);
  addReady(program, done);
  addWeight(program, done);
  addTargets(program, done);
}

function addPools(program: Command, done: Done): void {
  const command = program
    .command("pools")
    .description("every target: its state, and the evidence for it")
    .argument("[pool]", "only this one, with all that is known of its targets")
    .option("--watch", "refresh every second");
  answerTimeout(edgeOptions(command))
    .addHelpText("after", examples("roundtrip pools", "roundtrip pools shop --watch", "roundtrip pools --json"))
    .action(async (pool: string | undefined, options: PoolsOptions) => {
      const { pools } = await import("./pools.ts");
      done(await pools(pool, options));
    });
}

function addLeave(program: Command, done: Done): void {
  leaveOptions(program.command("drain").description("stop new requests to a target; those in flight finish"))
    .addHelpText(
      "after",
      examples("roundtrip drain shop 127.0.0.1:9001", "roundtrip drain shop 9001 --timeout 30s --wait"),
    )
    .action(async (pool: string, target: string, options: LeaveOptions) => {
      const { drain } = await import("./drain.ts");
      done(await drain(pool, target, withDeadline(options)));
    });
  leaveOptions(program.command("maintenance").description("like drain, and no health checks either"))
    .addHelpText("after", examples("roundtrip maintenance shop 9001 --wait"))
    .action(async (pool: string, target: string, options: LeaveOptions) => {
      const { maintenance } = await import("./maintenance.ts");
      done(await maintenance(pool, target, withDeadline(options)));
    });
}

type LeaveOptions = EdgeOptions & Pick<DrainOptions, "wait">;

function leaveOptions(command: Command): Command {
  const described = command
    .argument("<pool>")
    .argument("<target>", TARGET)
    .option(
      "--timeout <duration>",
      "when open requests and tunnels are cut, 0 for never (default: the pool's drain)",
      parseTimeout,
    )
    .option("--wait", "until nothing is left; exit code 1 when something was cut");
  return edgeOptions(described);
}

function addReady(program: Command, done: Done): void {
  const command = program
    .command("ready")
    .description("send requests to a target again")
    .argument("<pool>")
    .argument("<target>", TARGET);
  answerTimeout(edgeOptions(command))
    .addHelpText("after", examples("roundtrip ready shop 127.0.0.1:9001"))
    .action(async (pool: string, target: string, options: ChangeOptions) => {
      const { ready } = await import("./ready.ts");
      done(await ready(pool, target, options));
    });
}

function addWeight(program: Command, done: Done): void {
  const command = program
    .command("weight")
    .description("change a target's weight")
    .argument("<pool>")
    .argument("<target>", TARGET)
    .argument("<weight>", "0 to 256, or default for what its source says");
  answerTimeout(edgeOptions(command))
    .addHelpText("after", examples("roundtrip weight shop 9001 3", "roundtrip weight shop 9001 default"))
    .action(async (pool: string, target: string, value: string, options: ChangeOptions) => {
      const { weight } = await import("./weight.ts");
      done(await weight(pool, target, value, options));
    });
}

function addTargets(program: Command, done: Done): void {
  const group = program
    .command("target")
    .usage("add|remove …")
    .description("add and remove targets, in a pool with { admin: true } among its targets")
    .addHelpText(
      "after",
      examples("roundtrip target add shop 10.0.0.3:8080 --weight 2", "roundtrip target remove shop 10.0.0.3"),
    );
  const add = group
    .command("add")
    .description("add a target, or change one that was added")
    .argument("<pool>")
    .argument("<address>", "host:port")
    .option("--weight <weight>", "0 to 256 (default: 1)", parseUpTo(256))
    .option("--priority <tier>", "0 to 15, 0 is used first (default: 0)", parseUpTo(15))
    .option("--backup", "used only when no other is up");
  answerTimeout(edgeOptions(add))
    .addHelpText("after", examples("roundtrip target add shop 10.0.0.3:8080 --weight 2"))
    .action(async (pool: string, address: string, options: AddOptions) => {
      const { addTarget } = await import("./target.ts");
      done(await addTarget(pool, address, options));
    });
  const remove = group
    .command("remove")
    .description("remove one that was added; it drains first")
    .argument("<pool>")
    .argument("<target>", TARGET);
  answerTimeout(edgeOptions(remove))
    .addHelpText("after", examples("roundtrip target remove shop 10.0.0.3:8080"))
    .action(async (pool: string, target: string, options: ChangeOptions) => {
      const { removeTarget } = await import("./target.ts");
      done(await removeTarget(pool, target, options));
    });
}
