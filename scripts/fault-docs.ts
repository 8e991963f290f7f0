/**
 * Writes docs/reference/faults.md from the table in src/fault/faults.ts: `bun scripts/fault-docs.ts`.
 * A test compares the two, so the page cannot fall behind.
 */
import { faultReference } from "../src/fault/fault-reference.ts";

await Bun.write(new URL("../docs/reference/faults.md", import.meta.url), faultReference());
