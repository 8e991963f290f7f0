import { otherVariableProblem } from "../../schema/other-variables.ts";

/** What stands between `${` and `}` in a field value. */
const VARIABLES = ["client.address", "host", "path", "method", "trace.id", "route"] as const;
export type Variable = (typeof VARIABLES)[number];

/** Fixed text, or a variable that is filled in per request. */
export type TemplatePart = { readonly text: string } | { readonly variable: Variable };

/** @throws RangeError that says what is wrong, for a variable that does not exist or a `${` without its end. */
export function parseTemplate(value: string): readonly TemplatePart[] {
  const other = otherVariableProblem(value, VARIABLES);
  if (other !== null) throw new RangeError(other);
  const parts: TemplatePart[] = [];
  let at = 0;
  for (;;) {
    const open = value.indexOf("${", at);
    if (open === -1) break;
    const close = value.indexOf("}", open);
    if (close === -1) throw new RangeError(`"\${" has no "}" behind it`);
    const name = value.slice(open + 2, close);
    if (!isVariable(name)) throw new RangeError(`unknown variable "\${${name}}"; there are ${KNOWN}`);
    if (open > at) parts.push({ text: value.slice(at, open) });
    parts.push({ variable: name });
    at = close + 1;
  }
  if (at < value.length) parts.push({ text: value.slice(at) });
  return parts;
}

const KNOWN = VARIABLES.map((name) => `\${${name}}`).join(", ");

function isVariable(name: string): name is Variable {
  return (VARIABLES as readonly string[]).includes(name);
}
