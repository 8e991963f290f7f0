import type { RequestHead } from "../contract/head.ts";
import type { NamedTest, ValuePredicate as ValuePredicateSpec } from "../contract/route-match.ts";
import type { Predicate } from "./predicate.ts";
import type { ValueSource } from "../http/values/value-source.ts";
import { ValueTest } from "./value-test.ts";

/** Longest value that an explanation repeats, characters. */
const SHOWN = 80;

/**
 * A test of a field, query parameter or cookie. A name that occurs several times passes when one of its values does;
 * "absent" passes when there is none.
 */
export class ValuePredicate implements Predicate {
  readonly kind: ValueSource["kind"];
  readonly key: string;
  private readonly source: ValueSource;
  private readonly test: ValueTest;
  private readonly wantsAbsence: boolean;

  constructor(source: ValueSource, test: NamedTest["test"]) {
    this.kind = source.kind;
    this.source = source;
    this.test = new ValueTest(test);
    this.wantsAbsence = test.kind === "absent";
    this.key = `${source.kind} ${JSON.stringify([source.name, test.kind, wantedText(test)])}`;
  }

  accepts(head: RequestHead): boolean {
    const { source, test } = this;
    source.begin(head);
    while (source.next()) {
      if (this.wantsAbsence) return false;
      if (test.passes(source.bytes, source.start, source.end)) return true;
    }
    return this.wantsAbsence;
  }

  refusal(head: RequestHead): string {
    const { source } = this;
    const subject = `${source.kind} "${source.name}"`;
    source.begin(head);
    if (this.wantsAbsence) return `${subject} is present`;
    if (!source.next()) return `${subject} is absent`;
    const wanted = describeWanted(this.test.predicate);
    if (source.secret) return `${subject} ${wanted}`;
    const value = source.bytes.toString("utf8", source.start, source.end);
    const shown = value.length > SHOWN ? `${value.slice(0, SHOWN)}…` : value;
    return `${subject} is "${shown}", which ${wanted}`;
  }
}

function wantedText(test: ValuePredicateSpec): string {
  if (test.kind === "regex") return String(test.regex);
  return "value" in test ? test.value : "";
}

/** The negation, since it is said of a value that failed. */
function describeWanted(test: ValuePredicateSpec): string {
  switch (test.kind) {
    case "equal":
      return `is not "${test.value}"`;
    case "prefix":
      return `does not begin with "${test.value}"`;
    case "contains":
      return `does not contain "${test.value}"`;
    case "regex":
      return `does not match ${String(test.regex)}`;
    case "present":
    case "absent":
      return `is not ${test.kind}`;
  }
}
