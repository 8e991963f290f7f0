import { MAX_ADDRESSES } from "./address-answers.ts";
import type { AddressOptions, PopOptions } from "./options.ts";
import type { ProblemList } from "./problem-list.ts";
import { addressOf, readAddress } from "./read-options.ts";

const MAX_POPS = 64;

/** `at`: the name's options. */
export function checkPops(options: AddressOptions, at: ProblemList): void {
  const pops = Object.entries(options.pops);
  if (pops.length === 0) at.below("pops").add("there is none", "Name at least one pop with its addresses");
  if (pops.length > MAX_POPS) at.below("pops").add(`there are ${pops.length}, more than ${MAX_POPS}`, "Leave some out");
  for (const [name, pop] of pops) {
    const below = at.below("pops", name);
    checkPopAddresses(pop, options, below);
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
  const seen = new Set<string>();
  const counts = new Map<number, number>();
  for (const [index, option] of pop.addresses.entries()) {
    const below = at.below("addresses", index);
    const { address } = addressOf(option);
    const bytes = readAddress(address)!;
    const key = bytes.join();
    if (seen.has(key)) below.add(`${address} is there already`, "Write each address once; weights tell them apart");
    seen.add(key);
    counts.set(bytes.length, (counts.get(bytes.length) ?? 0) + 1);
    if (typeof option !== "string" && option.weight !== undefined && options.pick !== "one") {
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
  if ((latitude === undefined) !== (longitude === undefined)) {
    at.add("latitude and longitude go together", "Write both, or none");
  } else if (options.nearest !== undefined && latitude === undefined) {
    at.add("nearest needs to know where it is", "Write its latitude and longitude");
  }
}
