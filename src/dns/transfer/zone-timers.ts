/** The times by which a secondary keeps its zone (RFC 1035 §3.3.13), held within what is sensible. */
import type { ZoneData } from "../zone/zone-data.ts";
import { soaOf } from "./record-source.ts";
import type { TimerLimits } from "./transfer-limits.ts";

/** Milliseconds. */
export interface ZoneTimers {
  readonly refresh: number;
  readonly retry: number;
  readonly expire: number;
}

export function zoneTimers(zone: ZoneData, limits: TimerLimits): ZoneTimers {
  const { data } = soaOf(zone);
  const view = new DataView(data.buffer, data.byteOffset, data.length);
  /** Milliseconds of the field that begins this many bytes before the end. */
  const time = (back: number): number => {
    return Math.min(Math.max(view.getUint32(data.length - back), limits.shortest), limits.longest) * 1_000;
  };
  const refresh = time(16);
  const retry = time(12);
  // RFC 1912 §2.2: an expiry that comes before the next refresh can have been tried is a mistake.
  return { refresh, retry, expire: Math.max(time(8), refresh + retry) };
}
