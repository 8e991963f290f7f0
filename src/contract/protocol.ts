/** In which version of HTTP a message came, as far as that decides what may be sent to its sender (RFC 9110 §2.5). */
export const Protocol = { http10: 0, http11: 1, http2: 2, http3: 3 } as const;
export type Protocol = (typeof Protocol)[keyof typeof Protocol];

/** As records and logs write it, indexed by `Protocol`. */
export const PROTOCOL_NAMES: readonly string[] = ["HTTP/1.0", "HTTP/1.1", "HTTP/2.0", "HTTP/3.0"];
