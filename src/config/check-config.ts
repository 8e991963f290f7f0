/** For programs that write configs, and for tests of configs: are they good? */
import { compile } from "./compile.ts";
import type { Config } from "./config.ts";
import { loadConfig, loadValue } from "./load.ts";

const NEW = { version: 1, previous: null };

/** Throws `ConfigError` with every problem of the file. Nothing is opened, and nobody is asked. */
export async function checkConfig(file: string): Promise<void> {
  compile(await loadConfig(file), NEW);
}

/**
 * The same for a config that is a value already. `source` is what problems call it; relative file names are below `base`,
 * or else below the current folder.
 */
export function checkValue(config: Config, source: string, base?: string): void {
  compile(loadValue(config, source, base), NEW);
}
