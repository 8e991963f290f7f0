import type { Exchange } from "../../contract/exchange.ts";
import type { FieldEdits } from "../../contract/field-edits.ts";
import type { RequestHead, ResponseHead } from "../../contract/head.ts";
import type { Policy } from "../../contract/policy.ts";
import { NEXT, type Step } from "../../contract/step.ts";
import { fieldEditsProblems } from "./field-edits-problems.ts";
import { type FieldEditsOptions, FieldProgram } from "./field-program.ts";

export interface HeadersOptions {
  /** Fields of the request as it goes upstream. */
  readonly request?: FieldEditsOptions | undefined;
  /** Fields of the reply as it goes to the client. */
  readonly reply?: FieldEditsOptions | undefined;
}

/** Removes, replaces and adds fields, on the way in and on the way out. */
class HeadersPolicy implements Policy {
  readonly name = "headers";
  readonly side = "client";
  private readonly options: HeadersOptions;
  private readonly request: FieldProgram;
  private readonly reply: FieldProgram;

  constructor(options: HeadersOptions) {
    this.options = options;
    this.request = new FieldProgram(options.request ?? {});
    this.reply = new FieldProgram(options.reply ?? {});
  }

  onRequest(head: RequestHead, edits: FieldEdits, exchange: Exchange): Step {
    this.request.apply(head, head, edits, exchange);
    return NEXT;
  }

  onReply(head: ResponseHead, edits: FieldEdits, exchange: Exchange): void {
    this.reply.apply(head, null, edits, exchange);
  }

  describe(): string {
    const directions = (["request", "reply"] as const).map((direction) => {
      const words = describeEdits(this.options[direction] ?? {});
      return words === "" ? "" : `${direction}: ${words}`;
    });
    return directions.filter((words) => words !== "").join("; ");
  }
}

/** @throws RangeError that names every name and value that cannot stand in a head. */
export function createHeadersPolicy(options: HeadersOptions): HeadersPolicy {
  const problems = (["request", "reply"] as const).flatMap((direction) =>
    fieldEditsProblems(options[direction] ?? {}, direction).map(
      ({ path, message }) => `${[direction, ...path].join(".")}: ${message}`,
    ),
  );
  if (problems.length > 0) throw new RangeError(problems.join("\n"));
  return new HeadersPolicy(options);
}

function describeEdits(options: FieldEditsOptions): string {
  const words: string[] = [];
  if (options.remove !== undefined && options.remove.length > 0) words.push(`removes ${options.remove.join(", ")}`);
  for (const [name, value] of Object.entries(options.set ?? {})) words.push(`sets ${name} to "${value}"`);
  for (const [name, value] of Object.entries(options.add ?? {})) words.push(`adds ${name} "${value}"`);
  return words.join(", ");
}
