import { MAX_LABEL, MAX_NAME } from "../wire/name.ts";

/**
 * The name that comes next after a name in canonical order (RFC 4471 §3.1.2, §3.3): an NSEC from one to the other denies
 * nothing but that name's other types. Lower case.
 */
export function nameAfter(name: Uint8Array, apex: Uint8Array): Uint8Array {
  // `\000` below it, then `\000` behind its first label: what fits.
  if (name.length + 2 <= MAX_NAME) return Uint8Array.of(1, 0, ...name);
  if (name.length < MAX_NAME && name[0]! < MAX_LABEL) {
    return Uint8Array.of(name[0]! + 1, ...name.subarray(1, 1 + name[0]!), 0, ...name.subarray(1 + name[0]!));
  }
  for (let start = 0; name.length - start > apex.length; start += name[start]! + 1) {
    // The last byte that can be greater; what stood behind it is left out.
    for (let at = start + name[start]!; at > start; at--) {
      if (name[at] === 0xff) continue;
      const label = name.slice(start + 1, at + 1);
      // Upper case is compared as lower case: `@` is followed by `[`.
      label[label.length - 1] = name[at] === 0x40 ? 0x5b : name[at]! + 1;
      return Uint8Array.of(label.length, ...label, ...name.subarray(start + 1 + name[start]!));
    }
  }
  // The last name of the zone is followed by the first.
  return apex;
}
