/** The rule for those that no other fits. */
export const DEFAULT_KEY = "*";

/** What rules on places can name, the most telling first. */
export const PLACE_KINDS = ["subdivision", "country", "continent"] as const;

const PLACE_KEY = /^(?:asn|subdivision|country|continent):/i;

/** "country:DE", "asn:64500"; else it is a network or the default. */
export function isPlaceKey(key: string): boolean {
  return PLACE_KEY.test(key);
}

/** "Country:de" as "country:DE". */
export function normalKey(key: string): string {
  const colon = key.indexOf(":");
  return key.slice(0, colon + 1).toLowerCase() + key.slice(colon + 1).toUpperCase();
}
