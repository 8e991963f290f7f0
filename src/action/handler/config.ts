/** `handler` of a route. */
import type { Handler } from "../../contract/plan.ts";
import { option } from "../../schema/facts.ts";
import { Refusal, show, value } from "../../schema/value.ts";

const handlerFunction = value(
  "a function (request, context) => Response, which only a TypeScript or JavaScript config can hold",
  { not: {}, description: "TypeScript config only" },
  (input) => (typeof input === "function" ? (input as Handler) : new Refusal(`${show(input)} is not a function`)),
  { values: "function" },
);

export const handler = option(
  handlerFunction.optional(),
  "`(request, context) => Response`, TypeScript only. `request` is a standard `Request`, its method and URL are those that were routed; `context` has `clientAddress`, `traceId` and `params`.",
);
