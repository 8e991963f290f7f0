/** Versions as Via names them (RFC 9110 §7.6.3), by minor version. */
export const RECEIVED_PROTOCOLS: readonly string[] = Array.from({ length: 10 }, (_, minor) => `1.${minor}`);
