/** One service of the shop on its own: `bun examples/shop/service.ts users --port 9001 --database shop.sqlite`. */
import { runServiceCommand } from "./run-service.ts";

process.exit(await runServiceCommand(process.argv.slice(2)));
