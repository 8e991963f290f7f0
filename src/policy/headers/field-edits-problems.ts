import { MAX_ADDED_BYTES } from "../../contract/field-edits.ts";
import { fieldNameProblem, fieldValueProblem } from "../../http/fields/field-rules.ts";
import type { FieldEditsOptions } from "./field-program.ts";
import { parseTemplate } from "./value-template.ts";

/** What is wrong with the options, and where in them. */
export interface OptionProblem {
  readonly path: ReadonlyArray<string | number>;
  readonly message: string;
}

/** Everything wrong with the edits of one direction; empty when they can be compiled. */
export function fieldEditsProblems(options: FieldEditsOptions, direction: "request" | "reply"): OptionProblem[] {
  const problems: OptionProblem[] = [];
  for (const [index, name] of (options.remove ?? []).entries()) {
    const message = fieldNameProblem(name) ?? hostProblem(name, "remove", direction);
    if (message !== null) problems.push({ path: ["remove", index], message });
  }
  for (const kind of ["set", "add"] as const) {
    for (const [name, value] of Object.entries(options[kind] ?? {})) {
      const message = fieldNameProblem(name) ?? hostProblem(name, kind, direction) ?? valueProblem(value);
      if (message !== null) problems.push({ path: [kind, name], message });
    }
  }
  problems.push(...setTwice(options), ...tooMuch(options));
  return problems;
}

/** RFC 9112 §3.2: a request has exactly one Host; so it can be replaced, but neither taken away nor doubled. */
function hostProblem(name: string, kind: "remove" | "set" | "add", direction: "request" | "reply"): string | null {
  if (name.toLowerCase() !== "host") return null;
  if (direction === "reply") return "Host is a field of requests only";
  return kind === "set" ? null : `a request has exactly one Host (RFC 9112 §3.2): use "set" to replace it`;
}

function valueProblem(value: string): string | null {
  try {
    parseTemplate(value);
  } catch (error) {
    if (error instanceof RangeError) return error.message;
    throw error;
  }
  return fieldValueProblem(value);
}

function setTwice(options: FieldEditsOptions): OptionProblem[] {
  const seen = new Map<string, string>();
  const problems: OptionProblem[] = [];
  for (const name of Object.keys(options.set ?? {})) {
    const first = seen.get(name.toLowerCase());
    if (first === undefined) seen.set(name.toLowerCase(), name);
    else problems.push({ path: ["set", name], message: `"${name}" and "${first}" are the same field` });
  }
  return problems;
}

function tooMuch(options: FieldEditsOptions): OptionProblem[] {
  const fields = [...Object.entries(options.set ?? {}), ...Object.entries(options.add ?? {})];
  const length = fields.reduce((sum, [name, value]) => sum + name.length + value.length + 4, 0);
  if (length <= MAX_ADDED_BYTES) return [];
  return [{ path: [], message: `policies can add at most ${MAX_ADDED_BYTES} bytes of fields, these are ${length}` }];
}
