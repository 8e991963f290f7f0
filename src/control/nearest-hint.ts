import { nearestWord } from "../schema/nearest.ts";

const MAX_NAMES = 8;

/** Which name may have been meant, or which there are: a sentence for who gave one that is not there. */
export function nearestHint(word: string, names: readonly string[]): string {
  const nearest = nearestWord(word, names);
  if (nearest !== undefined) return `Did you mean ${nearest}?`;
  if (names.length === 0) return "There is none at all.";
  const shown = names.slice(0, MAX_NAMES).join(", ");
  return `There ${names.length === 1 ? "is" : "are"} ${shown}${names.length > MAX_NAMES ? ", …" : ""}.`;
}
