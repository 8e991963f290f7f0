/** What single values of the options mean. Shared by the check and by what is made of them. */
import { parseNetwork } from "../../bytes/address-set.ts";
import { lowerName, parseName } from "../wire/name.ts";
import { readTtl } from "../zone/number-reader.ts";
import type { AddressOption, PopChoice, Ttl } from "./options.ts";

export const DEFAULT_TTL = 30;
export const DEFAULT_ALIAS_MINIMUM = 5;
export const DEFAULT_ALIAS_MAXIMUM = 3_600;
export const DEFAULT_SPILL_ABOVE = 1;
export const DEFAULT_RETURN_BELOW = 0.8;
/** A week: longer, and a mistake stays for as long. */
export const MAX_STEERED_TTL = 604_800;

/** Seconds from 1 to a week; -1: it is none. */
export function readSteeredTtl(value: Ttl): number {
  const bytes = Buffer.from(String(value), "latin1");
  const seconds = readTtl(bytes, 0, bytes.length, MAX_STEERED_TTL);
  return seconds >= 1 ? seconds : -1;
}

/** Absolute, in lower case; text: what is wrong with it. */
export function readName(text: string): Uint8Array | string {
  const name = parseName(text);
  return typeof name === "string" ? name : lowerName(name);
}

/** 4 or 16 bytes, null: no address. */
export function readAddress(text: string): Uint8Array | null {
  if (text.includes("/")) return null;
  try {
    return parseNetwork(text).bytes;
  } catch {
    return null;
  }
}

export function addressOf(option: AddressOption): { address: string; weight: number; health: string } {
  if (typeof option === "string") return { address: option, weight: 1, health: "" };
  return { address: option.address, weight: option.weight ?? 1, health: option.health ?? "" };
}

/** Names in tiers, each with its weight. */
export function tiersOfChoice(choice: PopChoice): ReadonlyArray<ReadonlyArray<readonly [string, number]>> {
  if (typeof choice === "string") return [[[choice, 1]]];
  if (isList(choice)) return choice.map((name) => [[name, 1] as const]);
  return [Object.entries(choice)];
}

function isList(choice: Exclude<PopChoice, string>): choice is readonly string[] {
  return Array.isArray(choice);
}
