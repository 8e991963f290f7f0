/** A response that the edge makes itself: fixed, redirect, static file, handler, policy, fault. */
export interface Reply {
  readonly status: number;
  /** Names and values, already valid field content. Content-Length, Transfer-Encoding, Date and Connection are the sink's. */
  readonly fields: ReadonlyArray<readonly [string, string]>;
  readonly body: ReplyBody;
  /** What was done for it, for who runs the edge: it goes into the trace, and to no visitor. */
  readonly note?: string;
}

export type ReplyBody =
  | { readonly kind: "none" }
  | { readonly kind: "bytes"; readonly bytes: Uint8Array }
  /** `length` is sent as Content-Length; -1 when it is not known (chunked, or close for HTTP/1.0). */
  | { readonly kind: "stream"; readonly length: number; readonly stream: ReadableStream<Uint8Array> };

export const NO_BODY: ReplyBody = { kind: "none" };

/** Nobody reads it: whoever makes it stops, and gives back what it holds. What its end throws concerns no reply any more. */
export function discardBody(body: ReplyBody): void {
  if (body.kind === "stream") body.stream.cancel().catch(() => {});
}
