/** What a config may write into a head. Checked once, when the config is read; nothing here runs per request. */

/**
 * Fields that say how the message is framed or belong to one hop alone (RFC 9110 §7.6.1, RFC 9112 §6, §7.1, §9.6).
 * Roundtrip writes them itself; a config that could touch them could make a message that reads in two ways.
 */
const OWN_FIELDS: ReadonlySet<string> = new Set([
  "connection",
  "content-length",
  "expect",
  "keep-alive",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

/** RFC 9110 §5.1: a field name is a token (§5.6.2). */
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

/** Why the name cannot be edited, or null when it can. */
export function fieldNameProblem(name: string): string | null {
  if (!TOKEN.test(name)) {
    return `"${printable(name)}" is not a field name: use letters, digits and !#$%&'*+-.^_\`|~ (RFC 9110 §5.1)`;
  }
  if (OWN_FIELDS.has(name.toLowerCase())) {
    return `${name} is written by Roundtrip itself, since it frames the message or belongs to one hop (RFC 9110 §7.6.1)`;
  }
  return null;
}

/** Why the text cannot be a field value, or null when it can (RFC 9110 §5.5). */
export function fieldValueProblem(value: string): string | null {
  if (/[\r\n]/.test(value)) return "a field value cannot hold a line break (RFC 9110 §5.5)";
  if (/[^\t\x20-\x7e]/.test(value)) {
    return `a field value holds printable ASCII only (RFC 9110 §5.5), but here is "${printable(value)}"`;
  }
  if (value !== value.trim()) return "a field value cannot begin or end with white space (RFC 9110 §5.5)";
  return null;
}

/** The text with what a terminal would not show as escapes. */
function printable(text: string): string {
  return text.replace(/[^\x20-\x7e]/gu, (character) => `\\u{${character.codePointAt(0)!.toString(16)}}`);
}
