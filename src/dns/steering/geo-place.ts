import type { MmdbValue } from "./mmdb-decoder.ts";

/** What a database says of where an address is. Empty text, 0 and NaN: nothing. */
export interface Place {
  /** ISO 3166-1 alpha-2, "DE". */
  readonly country: string;
  /** AF, AN, AS, EU, NA, OC, SA. */
  readonly continent: string;
  /** ISO 3166-2, "US-CA". */
  readonly subdivision: string;
  /** Autonomous system number. */
  readonly asn: number;
  /** Degrees. */
  readonly latitude: number;
  readonly longitude: number;
}

export const NOWHERE: Place = {
  country: "",
  continent: "",
  subdivision: "",
  asn: 0,
  latitude: Number.NaN,
  longitude: Number.NaN,
};

/** From a record as the GeoIP2 and GeoLite2 databases (and those made alike) have them. */
export function placeOf(record: MmdbValue): Place {
  const country = text(record, "country", "iso_code") || text(record, "registered_country", "iso_code");
  const subdivision = text(record, "subdivisions", 0, "iso_code");
  const asn = at(record, "autonomous_system_number");
  return {
    country,
    continent: text(record, "continent", "code"),
    subdivision: country !== "" && subdivision !== "" ? `${country}-${subdivision}` : "",
    asn: typeof asn === "number" ? asn : 0,
    latitude: number(record, "location", "latitude"),
    longitude: number(record, "location", "longitude"),
  };
}

function at(value: MmdbValue, ...path: ReadonlyArray<string | number>): MmdbValue | undefined {
  let found: MmdbValue | undefined = value;
  for (const step of path) {
    if (found instanceof Map) found = found.get(String(step)) as MmdbValue | undefined;
    else if (Array.isArray(found)) found = (found as readonly MmdbValue[])[Number(step)];
    else return undefined;
  }
  return found;
}

function text(value: MmdbValue, ...path: ReadonlyArray<string | number>): string {
  const found = at(value, ...path);
  return typeof found === "string" ? found.toUpperCase() : "";
}

function number(value: MmdbValue, ...path: readonly string[]): number {
  const found = at(value, ...path);
  return typeof found === "number" ? found : Number.NaN;
}

/** "country DE, AS64500"; empty: nothing is known. */
export function describePlace(place: Place): string {
  const { subdivision, country, continent, asn } = place;
  const where = subdivision !== "" ? `subdivision ${subdivision}` : country !== "" ? `country ${country}` : "";
  const words = [where, where === "" && continent !== "" ? `continent ${continent}` : "", asn > 0 ? `AS${asn}` : ""];
  return words.filter((word) => word !== "").join(", ");
}

/** Mean radius of the Earth, km. */
const EARTH = 6_371;

/** Along the great circle, km (haversine: exact enough, and stable for near points). */
export function distance(latitude: number, longitude: number, toLatitude: number, toLongitude: number): number {
  const degree = Math.PI / 180;
  const north = Math.sin(((toLatitude - latitude) * degree) / 2);
  const east = Math.sin(((toLongitude - longitude) * degree) / 2);
  const chord = north * north + Math.cos(latitude * degree) * Math.cos(toLatitude * degree) * east * east;
  return 2 * EARTH * Math.asin(Math.min(1, Math.sqrt(chord)));
}
