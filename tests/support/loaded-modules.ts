/** Runs a command in this process and says on standard output, as JSON, which files were loaded for it. */
import { runCli } from "../../src/commands/cli.ts";

await runCli(process.argv.slice(2));
process.stdout.write(`\n${JSON.stringify(Object.keys(require.cache))}\n`, () => process.exit(0));
