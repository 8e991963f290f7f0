/** Runs a command in this process and says on standard output, as JSON, how it ended and which files were loaded for it. */
import { runCli } from "../../src/commands/cli.ts";

const code = await runCli(process.argv.slice(2));
process.stdout.write(`\n${JSON.stringify({ code, files: Object.keys(require.cache) })}\n`, () => process.exit(0));
