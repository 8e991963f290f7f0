/** BIND's `$GENERATE`: a range of numbers, and lines in which `$` stands for the number. */

export interface GenerateRange {
  readonly start: number;
  readonly stop: number;
  readonly step: number;
}

/** One directive makes at most this many records. */
const MAX_LINES = 65_536;
/** Digits that a number may be padded to. */
const MAX_WIDTH = 64;

/** The range, or what is wrong with it. */
export function parseRange(text: string): GenerateRange | string {
  const parts = /^(\d{1,10})-(\d{1,10})(?:\/(\d{1,10}))?$/.exec(text);
  if (parts === null) return "is not a range";
  const start = Number(parts[1]);
  const stop = Number(parts[2]);
  const step = Number(parts[3] ?? "1");
  if (stop < start) return "ends before it begins";
  if (step === 0) return "has a step of 0";
  return (stop - start) / step >= MAX_LINES ? `makes more than ${MAX_LINES} records` : { start, stop, step };
}

/** The line for a number; `$$` and `\$` are a dollar sign, `${offset,width,base}` as BIND has it. */
export function expandRange(words: readonly string[], number: number): string | { problem: string } {
  const expanded: string[] = [];
  for (const word of words) {
    let problem = "";
    const text = word.replaceAll(/\\\$|\$\$|\$\{([^}]*)\}|\$/g, (match, modifiers: string | undefined) => {
      if (match === "\\$" || match === "$$") return "\\$";
      const replaced = modifiers === undefined ? String(number) : modified(number, modifiers);
      if (replaced === null)
        problem = `has $\{${modifiers}}, which is not a modifier: $\{offset[,width[,base]]}, base d, o, x, X, n or N`;
      return replaced ?? "";
    });
    if (problem !== "") return { problem };
    expanded.push(text);
  }
  return expanded.join(" ");
}

/** Null when the modifiers are none, or make a negative number. */
function modified(number: number, modifiers: string): string | null {
  const parts = /^(-?\d{1,10})(?:,(\d{1,3})(?:,([doxXnN]))?)?$/.exec(modifiers);
  if (parts === null) return null;
  const value = number + Number(parts[1]);
  const width = Number(parts[2] ?? "0");
  const base = parts[3] ?? "d";
  if (value < 0 || width > MAX_WIDTH) return null;
  if (base === "n" || base === "N") return nibbles(value, width, base);
  const digits = value.toString(base === "d" ? 10 : base === "o" ? 8 : 16);
  return (base === "X" ? digits.toUpperCase() : digits).padStart(width, "0");
}

/** Hexadecimal digits in reverse with dots, as ip6.arpa has them; `width` counts the dots. */
function nibbles(value: number, width: number, base: "n" | "N"): string {
  const digits = value
    .toString(16)
    .padStart(Math.ceil(width / 2), "0")
    .split("")
    .toReversed()
    .join(".");
  return base === "N" ? digits.toUpperCase() : digits;
}
