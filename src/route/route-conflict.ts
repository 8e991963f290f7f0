import { conflictMessage } from "./find-conflicts.ts";

/** Two routes match the same requests with the same precedence, so that neither could be preferred by a rule. */
export class RouteConflict extends Error {
  /** Name of the route that stands first in the config. */
  readonly first: string;
  readonly second: string;

  constructor(first: string, second: string, overlap: string) {
    super(conflictMessage(first, second, overlap));
    this.name = "RouteConflict";
    this.first = first;
    this.second = second;
  }
}
