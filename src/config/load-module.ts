/** TypeScript and JavaScript configs: imported again each time, with the files beside them that they import. */
import { defineConfig, pool, route } from "./define.ts";
import { moduleError } from "./module-error.ts";
import type { FilesRead } from "./files-read.ts";
import { openModuleFiles, resolveLocal } from "./module-files.ts";
import { within } from "./within.ts";
import type { ModuleFiles, readModuleTree as ReadModuleTree } from "./module-tree.ts";
import { ConfigError } from "../schema/problem.ts";
import type { Source } from "../schema/source.ts";
import { PACKAGE_NAME } from "../version.ts";

let helpersProvided = false;

/**
 * The config that the module's default export is, or gives when it is a function. Throws `ConfigError`, also when it has
 * not come to its end `timeout` milliseconds after it began.
 */
export async function readModule(path: string, source: Source, read: FilesRead, timeout: number): Promise<unknown> {
  provideHelpers();
  const { name, file, texts } = openModuleFiles(path, read);
  const files: ModuleFiles = { file, texts, resolve: resolveLocal };
  try {
    const value = await within(timeout, evaluate(name, source), source);
    source.setTree(() => {
      // The parser takes tens of milliseconds to load; most configs never ask it.
      const { readModuleTree } = require("./module-tree.ts") as { readModuleTree: typeof ReadModuleTree };
      return readModuleTree(source, files, value);
    });
    return value;
  } catch (error) {
    throw error instanceof ConfigError ? error : moduleError(error, files, source);
  }
}

async function evaluate(name: string, source: Source): Promise<unknown> {
  const module = (await import(name)) as { default?: unknown };
  if (module.default === undefined) throw noDefault(source);
  return typeof module.default === "function" ? await (module.default as () => unknown)() : module.default;
}

/**
 * `import { defineConfig } from "roundtrip-edge"` works wherever the config lies, also beside the single executable, where
 * there is no package to be found.
 */
function provideHelpers(): void {
  if (helpersProvided) return;
  helpersProvided = true;
  Bun.plugin({
    name: PACKAGE_NAME,
    setup: (build) => {
      build.module(PACKAGE_NAME, () => ({ loader: "object", exports: { defineConfig, route, pool } }));
    },
  });
}

function noDefault(source: Source): ConfigError {
  const message = "there is no default export";
  const expected = "export default defineConfig({ … })";
  return new ConfigError([source.problem(null, { path: [], value: undefined, message, expected })]);
}
