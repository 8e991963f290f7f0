/** Where a connection to a target stands. */
export const LinkState = {
  connecting: 0,
  /** A request is under way; the response's head has not come. */
  waiting: 1,
  /** The response's body is coming in. */
  responding: 2,
  tunnel: 3,
  idle: 4,
  closed: 5,
} as const;
export type LinkState = (typeof LinkState)[keyof typeof LinkState];
