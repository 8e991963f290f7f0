/** Options that say what differs from those of somebody else. */
import { z } from "zod";
import { factsOf, option } from "./facts.ts";

type InnerOf<S> = S extends z.ZodDefault<infer Inner> ? Inner : never;

/**
 * Some options of an object, with its bounds and words, none of which need be given. `initial`: whose value holds then.
 * Each of them has a default in the object.
 */
export function overrides<S extends z.ZodObject, Name extends keyof S["shape"] & string>(
  object: S,
  names: readonly Name[],
  initial: string,
) {
  const entries = names.map((name) => {
    const schema = object.shape[name] as z.ZodDefault<z.ZodType>;
    return [name, option(schema.unwrap().optional(), factsOf(schema).words ?? "", { initial })];
  });
  const shape = Object.fromEntries(entries) as { [N in Name]: z.ZodOptional<InnerOf<S["shape"][N]>> };
  return z.strictObject(shape).prefault({} as never);
}
