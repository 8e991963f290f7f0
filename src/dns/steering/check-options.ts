/** Finds what can not work in options whose shape is right. */
import { createAddressSet } from "../../bytes/address-set.ts";
import { checkPops } from "./check-pops.ts";
import { checkChoice, checkLatency, checkRules } from "./check-rules.ts";
import {
  type AddressOptions,
  type AliasOptions,
  isAlias,
  type SteeringOptions,
  type SteeringProblem,
  type Ttl,
} from "./options.ts";
import { ProblemList } from "./problem-list.ts";
import {
  DEFAULT_ALIAS_MAXIMUM,
  DEFAULT_ALIAS_MINIMUM,
  DEFAULT_RETURN_BELOW,
  DEFAULT_SPILL_ABOVE,
  readName,
  readSteeredTtl,
} from "./read-options.ts";
import { errorMessage } from "../../error-message.ts";

/** Empty: they can be used. */
export function checkSteering(options: SteeringOptions): readonly SteeringProblem[] {
  const problems = new ProblemList();
  const seen = new Map<string, string>();
  for (const [text, nameOptions] of Object.entries(options.names)) {
    const at = problems.below("names", text);
    const name = readName(text);
    if (typeof name === "string") {
      at.add(`the name ${name}`, 'Write an absolute name, such as "www.shop.test"');
    } else {
      const key = Buffer.from(name).latin1Slice();
      const other = seen.get(key);
      if (other !== undefined) at.add(`the name is the same as "${other}"`, "Write it once");
      seen.set(key, text);
    }
    if (isAlias(nameOptions)) checkAlias(nameOptions, at);
    else checkAddresses(nameOptions, options, at);
  }
  return problems.list;
}

function checkAlias(options: AliasOptions, at: ProblemList): void {
  const target = readName(options.alias);
  if (typeof target === "string")
    at.below("alias").add(`the name ${target}`, 'Write the other name, such as "shop.example.net"');
  if ("pops" in options) at.below("pops").add("an alias has no addresses of its own", "Remove either pops or alias");
  checkTtl(options.minimumTtl, at.below("minimumTtl"));
  checkTtl(options.maximumTtl, at.below("maximumTtl"));
  const minimum = readSteeredTtl(options.minimumTtl ?? DEFAULT_ALIAS_MINIMUM);
  const maximum = readSteeredTtl(options.maximumTtl ?? DEFAULT_ALIAS_MAXIMUM);
  if (minimum > maximum && maximum > 0) {
    at.below("minimumTtl").add(
      `${minimum} s is more than the maximum of ${maximum} s`,
      "Lower it, or raise maximumTtl",
    );
  }
}

function checkAddresses(options: AddressOptions, all: SteeringOptions, at: ProblemList): void {
  checkTtl(options.ttl, at.below("ttl"));
  checkPops(options, at);
  const ways = (["geography", "latency", "nearest"] as const).filter((way) => options[way] !== undefined);
  if (ways.length > 1) {
    at.below(ways[1]!).add(`${ways.join(" and ")} can not both choose the pop`, "Keep one of them");
  }
  const { databases = {} } = all;
  if (options.geography !== undefined) {
    const below = at.below("geography");
    checkRules(Object.keys(options.geography), databases, below);
    for (const [key, choice] of Object.entries(options.geography)) checkChoice(choice, options, below.below(key));
  }
  if (options.latency !== undefined) checkLatency(options.latency, options, databases, at.below("latency"));
  if (options.nearest !== undefined) {
    const below = at.below("nearest");
    checkChoice(options.nearest.default, options, below.below("default"));
    if (databases.place === undefined) {
      below.add("nobody tells where clients are", "Name a file with coordinates in databases.place");
    }
  }
  checkLimits(options, at);
  checkSubnet(options, at.below("subnet"));
}

function checkLimits(options: AddressOptions, at: ProblemList): void {
  const {
    hysteresis = 0,
    spillAbove = DEFAULT_SPILL_ABOVE,
    returnBelow = Math.min(DEFAULT_RETURN_BELOW, spillAbove),
  } = options;
  if (!(hysteresis >= 0 && hysteresis < Infinity)) {
    at.below("hysteresis").add(`${hysteresis} is no time`, "Write milliseconds, 0 or more");
  }
  if (hysteresis > 0 && options.latency === undefined) {
    at.below("hysteresis").add("without latency it means nothing", "Remove it, or write the latencies of the pops");
  }
  if (!(spillAbove > 0 && spillAbove < Infinity)) {
    at.below("spillAbove").add(`${spillAbove} is no share of a capacity`, "Write a number above 0, such as 0.9");
  }
  if (!(returnBelow > 0 && returnBelow <= spillAbove)) {
    at.below("returnBelow").add(
      `${returnBelow} is not between 0 and spillAbove (${spillAbove})`,
      "Write a smaller share than spillAbove, so that clients do not go to and fro",
    );
  }
}

function checkSubnet({ subnet }: AddressOptions, at: ProblemList): void {
  if (subnet === undefined || typeof subnet === "string") return;
  for (const [index, word] of subnet.entries()) {
    try {
      createAddressSet([word]);
    } catch (error) {
      at.below(index).add(errorMessage(error), 'Write an address or a network, such as "192.0.2.0/24"');
    }
  }
}

function checkTtl(value: Ttl | undefined, at: ProblemList): void {
  if (value === undefined || readSteeredTtl(value) > 0) return;
  at.add(`"${value}" is no TTL`, 'Write seconds from 1 to 604800, or text such as "30s" or "5m"');
}
