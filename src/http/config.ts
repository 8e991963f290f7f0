/** What the config says of how requests are read where servers read them in different ways. */
import { z } from "zod";
import { option } from "../schema/facts.ts";
import { choice } from "../schema/value.ts";
import { DEFAULT_PATH_RULES } from "./head-limits.ts";

const pathObject = z.strictObject({
  escapedSlash: option(
    choice("refuse", "keep", "decode").default(DEFAULT_PATH_RULES.escapedSlash),
    "`%2F` and `%5C`: 400 ([target-escaped-slash](faults.md#target-escaped-slash)); `keep`: a character like any other, for origins that tell it from a slash (npm registries, GitLab); `decode`: a slash, which goes on as one.",
  ),
  parameters: option(
    choice("keep", "ignore").default(DEFAULT_PATH_RULES.parameters),
    "`;…` in a segment. `ignore`: routes are matched as if it were not there, for origins that cut it off (Tomcat, Jetty, Spring); it goes on as it came.",
  ),
  case: option(
    choice("keep", "ignore").default(DEFAULT_PATH_RULES.case),
    "`ignore`: `/Admin` is `/admin` to routes, for origins that do not tell them apart (IIS, files on macOS and Windows); it goes on as it came.",
  ),
});

export const path = option(
  pathObject.prefault({}),
  "How a path is read. The [normal form](../guide/requests.md#paths) that routes are matched against is what goes on.",
);
