import type { Policy } from "./policy.ts";

/** How a policy enters the config: its name, the check of its options and its construction. */
export interface PolicyDefinition<Options = unknown> {
  readonly name: string;
  /** A zod schema; typed loosely here since the contract imports nothing. */
  readonly schema: { parse(value: unknown): Options };
  create(options: Options): Policy;
}
