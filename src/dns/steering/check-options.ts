/**
 * Finds what does not go together in options of which each value is right by itself. Values are judged by the schema of
 * the config (`config/schema-dns-steering.ts`) alone.
 */
import { checkPops } from "./check-pops.ts";
import { checkChoice, checkRules } from "./check-rules.ts";
import {
  type AddressOptions,
  type AliasOptions,
  isAlias,
  type SteeringOptions,
  type SteeringProblem,
} from "./options.ts";
import { ProblemList } from "./problem-list.ts";
import {
  DEFAULT_ALIAS_MAXIMUM,
  DEFAULT_ALIAS_MINIMUM,
  DEFAULT_RETURN_BELOW,
  DEFAULT_SPILL_ABOVE,
  readSteeredTtl,
} from "./read-options.ts";

/** Empty: they can be used. */
export function checkSteering(options: SteeringOptions): readonly SteeringProblem[] {
  const problems = new ProblemList();
  for (const [text, nameOptions] of Object.entries(options.names)) {
    const at = problems.below("names", text);
    if (isAlias(nameOptions)) checkAlias(nameOptions, at);
    else checkAddresses(nameOptions, options, at);
  }
  return problems.list;
}

function checkAlias(options: AliasOptions, at: ProblemList): void {
  const minimum = readSteeredTtl(options.minimumTtl ?? DEFAULT_ALIAS_MINIMUM);
  const maximum = readSteeredTtl(options.maximumTtl ?? DEFAULT_ALIAS_MAXIMUM);
  if (minimum <= maximum) return;
  at.below("minimumTtl").add(`${minimum} s is more than the maximum of ${maximum} s`, "Lower it, or raise maximumTtl");
}

function checkAddresses(options: AddressOptions, all: SteeringOptions, at: ProblemList): void {
  checkPops(options, at);
  const ways = (["geography", "nearest"] as const).filter((way) => options[way] !== undefined);
  if (ways.length > 1) {
    at.below(ways[1]!).add(`${ways.join(" and ")} cannot both choose the pop`, "Keep one of them");
  }
  const { databases = {} } = all;
  if (options.geography !== undefined) {
    const below = at.below("geography");
    checkRules(Object.keys(options.geography), databases, below);
    for (const [key, choice] of Object.entries(options.geography)) checkChoice(choice, options, below.below(key));
  }
  if (options.nearest !== undefined) {
    const below = at.below("nearest");
    checkChoice(options.nearest.default, options, below.below("default"));
    if (databases.place === undefined) {
      below.add("nobody tells where clients are", "Name a database with coordinates: dns.geo: ./city.mmdb");
    }
  }
  checkLimits(options, at);
}

function checkLimits(options: AddressOptions, at: ProblemList): void {
  const { spillAbove = DEFAULT_SPILL_ABOVE, returnBelow = Math.min(DEFAULT_RETURN_BELOW, spillAbove) } = options;
  if (returnBelow > spillAbove) {
    at.below("returnBelow").add(
      `${returnBelow} is more than spillAbove (${spillAbove})`,
      "Write a smaller share than spillAbove, so that clients do not go to and fro",
    );
  }
}
