/** The fault code that Proxy-Status names (RFC 9209), or "". */
export function faultOf(reply: string): string {
  return /\r\nProxy-Status: [^\r]*details="([a-z0-9-]+)"/i.exec(reply)?.[1] ?? "";
}

/** The first value of a field in the first head of the text, or undefined. */
export function fieldOf(reply: string, name: string): string | undefined {
  const head = reply.slice(0, reply.indexOf("\r\n\r\n") + 2);
  const from = head.toLowerCase().indexOf(`\r\n${name.toLowerCase()}: `);
  if (from < 0) return undefined;
  const start = from + name.length + 4;
  return head.slice(start, head.indexOf("\r\n", start));
}

/** Lines of a head as the origin received it that have this field name, in order. */
export function linesOf(head: string, name: string): string[] {
  return head.split("\r\n").filter((line) => line.toLowerCase().startsWith(`${name.toLowerCase()}:`));
}
