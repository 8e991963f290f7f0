const UNITS = [
  [604_800, "w"],
  [86_400, "d"],
  [3_600, "h"],
  [60, "m"],
] as const;

/** Seconds as a zone file may have them: "1w2d", "90s" as "1m30s". */
export function inUnits(seconds: number): string {
  let rest = seconds;
  let text = "";
  for (const [size, unit] of UNITS) {
    if (rest >= size) text += `${Math.floor(rest / size)}${unit}`;
    rest %= size;
  }
  return rest > 0 || text === "" ? `${text}${rest}s` : text;
}
