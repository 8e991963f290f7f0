/** Config files in a folder of their own. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { compile } from "./compile.ts";
import { loadConfig } from "./load.ts";
import { ConfigError, formatPath } from "../schema/problem.ts";
import type { ConfigProblem } from "../schema/problem.ts";

export class TestFolder {
  readonly path: string = mkdtempSync(join(tmpdir(), "roundtrip-config-"));

  /** Writes a file and answers its path. */
  write(name: string, text: string): string {
    const path = join(this.path, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
    return path;
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true });
  }

  /** The problems of a config that must be bad. */
  async problems(name: string, text: string): Promise<readonly ConfigProblem[]> {
    try {
      compile(await loadConfig(this.write(name, text)), { version: 1, previous: null });
    } catch (error) {
      if (error instanceof ConfigError) return error.problems;
      throw error;
    }
    throw new Error(`no problem was found in ${name}`);
  }

  /**
   * Place, path, message and nearest word of each problem of a config that must be bad, in one line each. The folder's own
   * path is left out.
   */
  async summaries(name: string, text: string): Promise<string[]> {
    const problems = await this.problems(name, text);
    return problems.map(({ line, column, path, message, nearest }) => {
      const hint = nearest === undefined ? "" : ` → ${nearest}`;
      return `${line}:${column} ${formatPath(path)}: ${message.replaceAll(this.path, "")}${hint}`;
    });
  }
}
