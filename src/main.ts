#!/usr/bin/env -S bun --no-install --no-env-file
/** The program. Little is loaded before it is known what was asked for: a service process needs no command line. */
import { argv } from "node:process";

const [verb, ...rest] = argv.slice(2);

// The demonstration starts its services with this verb when it is one executable; see examples/shop/service-process.ts.
if (verb === "demonstration-service") {
  const { runServiceCommand } = await import("../examples/shop/run-service.ts");
  process.exit(await runServiceCommand(rest));
} else {
  if (verb === "serve" || verb === "demonstration") {
    const { keepFreedMemory } = await import("./control/keep-memory.ts");
    keepFreedMemory();
  }
  const { runCli } = await import("./commands/cli.ts");
  // Not `process.exit`: `serve` answers when everything listens, and output may still be on its way into a pipe.
  process.exitCode = await runCli(argv.slice(2));
}
