/** Values of command line options; each throws with what would have been right. */

/** Those with these names, separated by commas. */
export function named<T extends { readonly name: string }>(list: string, known: readonly T[], what: string): T[] {
  return list.split(",").map((name) => {
    const found = known.find((item) => item.name === name.trim());
    if (found === undefined)
      throw new Error(`no ${what} "${name}"; there are ${known.map((item) => item.name).join(", ")}`);
    return found;
  });
}

/** A whole number of at least `least`. */
export function count(text: string, option: string, least: number): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < least)
    throw new Error(`${option} ${text}: give a whole number, at least ${least}`);
  return value;
}
