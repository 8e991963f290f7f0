/** One target of a file: "host:port", or an object with the properties that a target has in the config. */
import { parseHostPort, type HostPort } from "../../bytes/address.ts";
import type { Endpoint, TargetMode } from "../../contract/target.ts";

export interface TargetFault {
  /** One clause. */
  readonly message: string;
  /** The property that it is about; "" = the target as a whole. */
  readonly property: string;
}

const DEFAULT_WEIGHT = 1;
const MAX_WEIGHT = 256;
const MAX_TIER = 15;
const MODES: readonly TargetMode[] = ["ready", "drain", "maintenance"];
const PROPERTIES: readonly string[] = ["address", "weight", "priority", "backup", "mode"];

export function readTarget(item: unknown): Endpoint | TargetFault {
  if (typeof item === "string") return readObject({ address: item }, "");
  if (typeof item === "object" && item !== null && !Array.isArray(item)) return readObject(item, "address");
  return {
    message: 'a target such as "10.0.0.1:8080" or { "address": "10.0.0.1:8080", "weight": 2 } is expected',
    property: "",
  };
}

/** `addressProperty`: what a fault of the address is about. */
function readObject(item: object, addressProperty: string): Endpoint | TargetFault {
  const stranger = Object.keys(item).find((name) => !PROPERTIES.includes(name));
  if (stranger !== undefined) {
    return {
      message: `${show(stranger)} is no property of a target (${PROPERTIES.join(", ")} are)`,
      property: stranger,
    };
  }
  const values = item as Readonly<Record<string, unknown>>;
  const { address, weight = DEFAULT_WEIGHT, priority = 0, backup = false, mode = "ready" } = values;
  const place = typeof address === "string" ? readAddress(address) : "an address is expected";
  if (typeof place === "string") return { message: place, property: addressProperty };
  if (!isWholeUpTo(weight, MAX_WEIGHT)) {
    return { message: `weight: ${show(weight)} is no whole number from 0 to ${MAX_WEIGHT}`, property: "weight" };
  }
  if (!isWholeUpTo(priority, MAX_TIER)) {
    return { message: `priority: ${show(priority)} is no whole number from 0 to ${MAX_TIER}`, property: "priority" };
  }
  if (typeof backup !== "boolean") {
    return { message: `backup: ${show(backup)} is neither true nor false`, property: "backup" };
  }
  if (!isMode(mode)) return { message: `mode: ${show(mode)} is none of ${MODES.join(", ")}`, property: "mode" };
  return { ...place, weight, tier: priority, backup, mode };
}

/** Host and port, or what is wrong. */
function readAddress(text: string): HostPort | string {
  const address = parseHostPort(text);
  if (typeof address === "string") return `${show(text)} ${address}`;
  if (address.host === "") return `${show(text)} has no host`;
  return address.port === 0 ? `${show(text)} has no port that can be connected to` : address;
}

function isWholeUpTo(value: unknown, maximum: number): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= maximum;
}

function isMode(value: unknown): value is TargetMode {
  return typeof value === "string" && (MODES as readonly string[]).includes(value);
}

/** As JSON, and short. */
function show(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 60 ? `${text.slice(0, 59)}…` : text;
}
