import type { Reply } from "../contract/reply.ts";

/** A reply of one line of text, for what needs no page: redirects, a missing file, a wrong method. */
export function textReply(status: number, text: string, fields: ReadonlyArray<readonly [string, string]> = []): Reply {
  return {
    status,
    fields: [["Content-Type", "text/plain; charset=utf-8"], ...fields],
    body: { kind: "bytes", bytes: Buffer.from(`${text}\n`) },
  };
}
