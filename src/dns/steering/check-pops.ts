import { MAX_ADDRESSES } from "./address-answers.ts";
import type { AddressOptions, PopOptions } from "./options.ts";
import type { ProblemList } from "./problem-list.ts";
import { addressOf, readAddress } from "./read-options.ts";

const MAX_POPS = 64;
const MAX_WEIGHT = 65_535;

/** `at`: the name's options. */
export function checkPops(options: AddressOptions, at: ProblemList): void {
  const pops = Object.entries(options.pops);
  if (pops.length === 0) at.below("pops").add("there is none", "Name at least one pop with its addresses");
  if (pops.length > MAX_POPS) at.below("pops").add(`there are ${pops.length}, more than ${MAX_POPS}`, "Leave some out");
  for (const [name, pop] of pops) {
    const below = at.below("pops", name);
    checkPopAddresses(pop, options, below);
    checkWeight(pop.weight, below.below("weight"));
    checkPlace(pop, options, below);
  }
  const { fallback } = options;
  if (fallback === undefined) return;
  if (!Object.hasOwn(options.pops, fallback)) {
    at.below("fallback").add(`there is no pop "${fallback}"`, `Write one of ${Object.keys(options.pops).join(", ")}`);
  } else if (pops.length === 1) {
    at.below("fallback").add("it is the only pop", "Name another pop beside it");
  }
}

function checkPopAddresses(pop: PopOptions, options: AddressOptions, at: ProblemList): void {
  if (pop.addresses.length === 0) at.below("addresses").add("there is none", "Write at least one address");
  const seen = new Set<string>();
  const counts = new Map<number, number>();
  for (const [index, option] of pop.addresses.entries()) {
    const below = at.below("addresses", index);
    const { address } = addressOf(option);
    const bytes = readAddress(address);
    if (bytes === null) {
      below.add(`"${address}" is no IPv4 or IPv6 address`, 'Write one such as "192.0.2.1" or "2001:db8::1"');
      continue;
    }
    const key = bytes.join();
    if (seen.has(key)) below.add(`${address} is there already`, "Write each address once; weights tell them apart");
    seen.add(key);
    counts.set(bytes.length, (counts.get(bytes.length) ?? 0) + 1);
    if (typeof option === "string" || option.weight === undefined) continue;
    checkWeight(option.weight, below.below("weight"));
    if (options.pick !== "one") {
      below
        .below("weight")
        .add("all addresses are given, so their weights mean nothing", 'Remove it, or set pick to "one"');
    }
  }
  for (const [length, count] of counts) {
    if (count <= MAX_ADDRESSES) continue;
    const family = length === 4 ? "IPv4" : "IPv6";
    at.below("addresses").add(
      `there are ${count} ${family} addresses, more than ${MAX_ADDRESSES}`,
      "Leave some out, or make two pops of them",
    );
  }
}

function checkPlace({ latitude, longitude }: PopOptions, options: AddressOptions, at: ProblemList): void {
  if (latitude !== undefined && !(Math.abs(latitude) <= 90)) {
    at.below("latitude").add(`${latitude} is no latitude`, "Write degrees from -90 to 90");
  }
  if (longitude !== undefined && !(Math.abs(longitude) <= 180)) {
    at.below("longitude").add(`${longitude} is no longitude`, "Write degrees from -180 to 180");
  }
  if ((latitude === undefined) !== (longitude === undefined)) {
    at.add("latitude and longitude go together", "Write both, or none");
  } else if (options.nearest !== undefined && latitude === undefined) {
    at.add("nearest needs to know where it is", "Write its latitude and longitude");
  }
}

export function checkWeight(weight: number | undefined, at: ProblemList): void {
  if (weight === undefined || (Number.isInteger(weight) && weight >= 0 && weight <= MAX_WEIGHT)) return;
  at.add(`${weight} is no weight`, `Write a whole number from 0 to ${MAX_WEIGHT}`);
}
