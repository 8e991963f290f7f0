/** The database refused a change because a rule of the schema forbids it. */
export class ConstraintViolated extends Error {
  override readonly name = "ConstraintViolated";
  readonly rule: "unique" | "foreign-key";

  constructor(rule: "unique" | "foreign-key", cause: unknown) {
    super(`The database refused the change: ${rule} constraint.`, { cause });
    this.rule = rule;
  }
}
