import type { SteeringProblem } from "./options.ts";

/** Collects problems below a place in the options. */
export class ProblemList {
  readonly list: SteeringProblem[];
  readonly #path: ReadonlyArray<string | number>;

  constructor(path: ReadonlyArray<string | number> = [], list: SteeringProblem[] = []) {
    this.#path = path;
    this.list = list;
  }

  below(...path: ReadonlyArray<string | number>): ProblemList {
    return new ProblemList([...this.#path, ...path], this.list);
  }

  add(message: string, remedy: string): void {
    this.list.push({ path: this.#path, message, remedy });
  }
}
