/**
 * Offsets in the field table of what a message says about its connection alone (RFC 9110 §7.6.1); -1 when absent. Of
 * the head whose fields were read last, until the next one's are; the protocol that read them takes them over at once.
 */
export interface HopFields {
  /** The last of them. */
  connectionField: number;
  connectionFields: number;
  /** The last of them. */
  transferField: number;
  transferFields: number;
  /** The first of them. */
  upgradeField: number;
  /** The first of them; of a response only. */
  keepAliveField: number;
}

export const hop: HopFields = {
  connectionField: -1,
  connectionFields: 0,
  transferField: -1,
  transferFields: 0,
  upgradeField: -1,
  keepAliveField: -1,
};
