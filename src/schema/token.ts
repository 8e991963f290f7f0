/** Tokens of HTTP (RFC 9110 §5.6.2), names and regular expressions, wherever the config has them. */
import { METHOD_NAMES } from "../contract/method.ts";
import { Refusal, show, text } from "./value.ts";

/** RFC 9110 §5.6.2. */
export const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const TOKEN_JSON = { pattern: TOKEN.source };

export const method = text(
  "a method such as GET; methods are case-sensitive",
  (input) => {
    if (!TOKEN.test(input)) return new Refusal(`${show(input)} is not a method`);
    // RFC 9110 §9.1: any token may be a method, but nobody means another one by "get".
    const upper = input.toUpperCase();
    if (upper !== input && METHOD_NAMES.includes(upper))
      return new Refusal(`${show(input)} is not a method`, undefined, upper);
    return input;
  },
  { values: "method" },
  TOKEN_JSON,
);

/** RFC 6265 §4.1.1. */
export const cookieName = text(
  "a name of letters, digits and !#$%&'*+-.^_`|~",
  (input) => (TOKEN.test(input) ? input : new Refusal(`${show(input)} is not a cookie's name`)),
  { values: "token" },
  TOKEN_JSON,
);

/** What a person calls something by: it stands in lines of logs and of explanations. */
export function visibleName(kind: string) {
  return text("a name of 1 to 100 visible characters, spaces between them", (input) =>
    /^[\x21-\x7e](?:[\x20-\x7e]{0,98}[\x21-\x7e])?$/.test(input)
      ? input
      : new Refusal(`${show(input)} is not a ${kind} name`),
  );
}

/** From its source, without slashes. */
export function regularExpression(source: string): RegExp | Refusal {
  try {
    return new RegExp(source);
  } catch (error) {
    const why = error instanceof Error ? error.message.replace(/^Invalid regular expression: /, "") : "";
    return new Refusal(
      `${show(source)} is not a regular expression: ${why}`,
      "a regular expression as in JavaScript, without slashes",
    );
  }
}
