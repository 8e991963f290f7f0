/** How an exchange ended. Every exchange has exactly one. */
export type Ending =
  /** The last byte of the reply was handed to the kernel, and told the client that it was the last. */
  | "written"
  /** The reply was cut off, or never began: the client was told by a reset or a close. */
  | "aborted"
  /** Protocols were switched, and both sides ended it in order. */
  | "tunnel-closed"
  /** A plan: nothing was sent. */
  | "planned";

/** Which side of a tunnel ended it first, by FIN or RST; the edge does by a timer, or because it or the target drains. */
export type ClosedBy = "client" | "upstream" | "edge";

export const CLOSERS: readonly ClosedBy[] = ["client", "upstream", "edge"];

export const ENDINGS: readonly Ending[] = ["written", "aborted", "tunnel-closed", "planned"];
