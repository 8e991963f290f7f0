/** `roundtrip complete`: what the scripts of `roundtrip completion` call with every press of the key. */
import type { Command } from "commander";
import { readRunFiles } from "../control/run-file.ts";
import type { PoolReport } from "../control/pool-report.ts";
import { type Candidate, complete, readTyped, type RunTimeValues, type Typed } from "./complete.ts";
import { count } from "../explain/words.ts";
import { CommandFailure, ExitCode } from "./command-failure.ts";
import { findEdge } from "./find-edge.ts";

/** Somebody waits with a finger on the key, milliseconds. */
const PATIENCE = 300;

/** A candidate on each line, its description behind a tab; or the line `:files`. */
export async function completeCommand(program: Command, words: readonly string[]): Promise<ExitCode> {
  const typed = readTyped(program, words);
  const found = await complete(typed, runTimeValues(typed));
  const lines = found === "files" ? [":files"] : found.map(({ value, description }) => `${value}\t${description}`);
  process.stdout.write(lines.map((line) => `${line}\n`).join(""));
  return ExitCode.ok;
}

function runTimeValues(typed: Typed): RunTimeValues {
  return {
    ports: () =>
      readRunFiles().flatMap(({ listeners, source }) =>
        listeners.map((listener) => ({ value: listener.slice(listener.lastIndexOf(":") + 1), description: source })),
      ),
    pools: async () =>
      (await poolReports(typed)).map(({ name, targets }) => ({
        value: name,
        description: count(targets.length, "target"),
      })),
    targets: async (pool) =>
      (await poolReports(typed))
        .filter(({ name }) => name === pool)
        .flatMap(({ targets }) =>
          targets.map(({ address, state }): Candidate => ({ value: address, description: state })),
        ),
  };
}

/** None when no edge, or not one alone, can be asked now. */
async function poolReports({ values }: Typed): Promise<readonly PoolReport[]> {
  const port = Number(values.get("--port") ?? "0");
  const config = values.get("--config");
  const admin = values.get("--admin");
  const token = values.get("--token");
  try {
    const edge = findEdge({
      ...(port > 0 && { port }),
      ...(config !== undefined && { config }),
      ...(admin !== undefined && { admin }),
      ...(token !== undefined && { token }),
      timeout: PATIENCE,
    });
    const answer = await edge?.get("/pools");
    // Written by an edge of this same program.
    return answer?.status === 200 ? (answer.body as readonly PoolReport[]) : [];
  } catch (error) {
    if (error instanceof CommandFailure) return [];
    throw error;
  }
}
