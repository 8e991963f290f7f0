/** What can be served as it is written, and is hardly what somebody meant. */
import type { ConfigProblem } from "../schema/problem.ts";
import type { LoadedConfig } from "./load.ts";

export function configWarnings(loaded: LoadedConfig): ConfigProblem[] {
  const { routes, dns } = loaded.config;
  // A name server needs no routes.
  if (routes.length > 0 || dns !== null) return [];
  const message = "is empty: every request gets 404";
  const empty = loaded.problem(["routes"], { value: [], message, expected: "" });
  return [{ ...empty, remedy: "give it a route, such as { proxy: app } or { respond: { body: hello } }" }];
}
