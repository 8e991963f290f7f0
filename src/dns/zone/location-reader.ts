/** The text of LOC records (RFC 1876 §3): `42 21 54 N 71 6 18 W -24m 30m 10000m 10m`, from the minutes on optional. */
import { encodePrecision, LOC_CENTRE, LOC_GROUND, LOC_MOST_LATITUDE, LOC_MOST_LONGITUDE } from "../wire/location.ts";

/** What is wrong, and with which word. */
export interface LocationProblem {
  readonly word: number;
  readonly message: string;
}

/** RFC 1876 §3: size 1 m, horizontal precision 10 km, vertical precision 10 m; in centimetres. */
const DEFAULT_PRECISIONS = [100, 1_000_000, 1_000];
/** RFC 1876 §2: nine digits and a power of ten up to 9. */
const MOST_PRECISION = 9e9;

interface Angle {
  readonly thousandths: number;
  /** The word behind the angle. */
  readonly next: number;
}

/** Sixteen bytes, or what is wrong. */
export function readLocation(words: readonly string[]): Uint8Array | LocationProblem {
  const latitude = readAngle(words, 0, "NS", LOC_MOST_LATITUDE);
  if ("message" in latitude) return latitude;
  const longitude = readAngle(words, latitude.next, "EW", LOC_MOST_LONGITUDE);
  if ("message" in longitude) return longitude;
  let word = longitude.next;
  const altitude = centimetres(words[word] ?? "");
  if (altitude === null) return { word, message: "is not an altitude" };
  if (altitude < -LOC_GROUND || altitude + LOC_GROUND > 0xffff_ffff)
    return { word, message: "is not an altitude that LOC can say" };
  const data = new Uint8Array(16);
  const view = new DataView(data.buffer);
  view.setUint32(4, LOC_CENTRE + latitude.thousandths);
  view.setUint32(8, LOC_CENTRE + longitude.thousandths);
  view.setUint32(12, LOC_GROUND + altitude);
  for (const [index, preset] of DEFAULT_PRECISIONS.entries()) {
    const text = words[++word];
    const length = text === undefined ? preset : centimetres(text);
    if (length === null || length < 0 || length > MOST_PRECISION) return { word, message: "is not a length" };
    data[index + 1] = encodePrecision(length);
  }
  return word + 1 < words.length ? { word: word + 1, message: "is more than a LOC has" } : data;
}

/** `degrees [minutes [seconds]] direction`. */
function readAngle(words: readonly string[], first: number, directions: string, most: number): Angle | LocationProblem {
  let word = first;
  let total = 0;
  for (const unit of [3_600_000, 60_000, 1_000]) {
    const text = words[word] ?? "";
    const shape = unit === 1_000 ? /^\d{1,2}(\.\d{1,3})?$/ : /^\d{1,3}$/;
    if (!shape.test(text)) {
      if (word === first) return { word, message: "is not a number of degrees" };
      break;
    }
    const value = Math.round(Number(text) * unit);
    if (word > first && value >= unit * 60) return { word, message: "is more than 59" };
    total += value;
    word++;
  }
  const direction = words[word]?.toUpperCase() ?? "";
  if (direction.length !== 1 || !directions.includes(direction)) {
    return { word, message: `is not ${directions[0]} or ${directions[1]}` };
  }
  if (total > most) return { word: first, message: `is more than ${most / 3_600_000} degrees` };
  return { thousandths: direction === directions[0] ? total : -total, next: word + 1 };
}

/** Metres with at most two decimals, `m` behind them or not. */
function centimetres(text: string): number | null {
  return /^-?\d{1,8}(\.\d{0,2})?m?$/i.test(text) ? Math.round(Number.parseFloat(text) * 100) : null;
}
