/** The algorithms, as the config names them. */
export type BalanceName =
  | "round-robin"
  | "weighted-round-robin"
  | "random"
  | "power-of-two-choices"
  | "least-connections"
  | "least-time"
  | "ip-hash"
  | "ring-hash"
  | "maglev";
