/** What somebody most likely meant by a key that an object does not have. */
import type { z } from "zod";
import { factsOf } from "./facts.ts";
import { nearestWord } from "./nearest.ts";
import { otherWord } from "./other-words.ts";
import { formatPath } from "./problem.ts";
import type { ConfigPath } from "./problem.ts";
import { objectsAt, optionPath, options } from "./walk.ts";

interface Meant {
  readonly message: string;
  /** Undefined: one of the keys that there are. */
  readonly expected?: string;
  readonly nearest?: string;
  readonly remedy?: string;
}

/** More places than these say nothing. */
const MOST_PLACES = 3;

/** `path`: of the object; `keys`: that it may have. */
export function meantBy(key: string, path: ConfigPath, keys: readonly string[], schema: z.core.$ZodType): Meant {
  const moved = newPlace(schema, path, key);
  if (moved !== null) return { message: `has moved to ${moved}`, expected: moved };
  const at = optionPath(schema, path);
  const other = otherWord(key, at.join("."));
  if (other !== null) {
    const { place, remedy } = other;
    const here = place === "" ? null : placeFrom(place, at, path);
    return here === null
      ? { message: "is not known here", remedy }
      : { message: `is ${here} here`, expected: here, remedy };
  }
  const nearest = nearestWord(key, keys);
  if (nearest !== undefined) return { message: "is not known here", nearest };
  const places = placesOf(key, at, schema).map((place) => placeFrom(place, at, path));
  if (places.length === 0 || places.length > MOST_PLACES) return { message: "is not known here" };
  return { message: `belongs in ${places.join(" or ")}`, expected: places.join(" or ") };
}

/** The path at which the option of an earlier version stands now, or null when there never was one. */
function newPlace(schema: z.core.$ZodType, path: ConfigPath, key: string): string | null {
  const steps = objectsAt(schema, path).flatMap((node) => factsOf(node).moved?.[key] ?? []);
  if (steps.length === 0) return null;
  const up = steps.filter((step) => step === "..").length;
  return formatPath([...path.slice(0, path.length - up), ...steps.slice(up)]);
}

/** Options of this very name elsewhere, of which those count that are nearest to the object. */
function placesOf(key: string, at: readonly string[], schema: z.core.$ZodType): string[] {
  let found: string[] = [];
  let most = 0;
  for (const { path } of options(schema)) {
    if (!path.endsWith(`.${key}`) && path !== key) continue;
    const common = commonSteps(path.split("."), at);
    if (common < most) continue;
    if (common > most) found = [];
    most = common;
    found.push(path);
  }
  return found;
}

/** The place as seen from the object: what both are below is written as it is there. */
function placeFrom(place: string, at: readonly string[], path: ConfigPath): string {
  const steps = place.split(".");
  const common = commonSteps(steps, at);
  const rest = steps.slice(common).join(".");
  return common === 0 ? rest : `${formatPath(path.slice(0, common))}.${rest}`;
}

function commonSteps(a: readonly string[], b: readonly string[]): number {
  const end = a.findIndex((step, index) => step !== b[index]);
  return end === -1 ? a.length : end;
}
