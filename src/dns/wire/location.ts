/** LOC (RFC 1876): a place on the earth, in 16 bytes, as text. */

const SIZE = 16;
/** Wire value of the equator and the prime meridian: 2^31 thousandths of an arc second. */
export const LOC_CENTRE = 2 ** 31;
/** Wire value of the WGS 84 spheroid's surface: 100 km, in centimetres. */
export const LOC_GROUND = 10_000_000;
/** Thousandths of an arc second to the pole, to the antimeridian. */
export const LOC_MOST_LATITUDE = 90 * 3_600_000;
export const LOC_MOST_LONGITUDE = 180 * 3_600_000;

/** A length in centimetres as RFC 1876 §2 keeps it: one digit and a power of ten; what lies between is rounded down. */
export function encodePrecision(centimetres: number): number {
  let exponent = 0;
  let mantissa = Math.floor(centimetres);
  while (mantissa > 9) {
    mantissa = Math.floor(mantissa / 10);
    exponent++;
  }
  return (mantissa << 4) | exponent;
}

/** Null when the data has no text form of its own: another version, digits above 9, a place off the earth. */
export function formatLocation(data: Uint8Array, start: number, end: number): string | null {
  if (end - start !== SIZE || data[start] !== 0) return null;
  const view = new DataView(data.buffer, data.byteOffset + start, SIZE);
  const precisions = [1, 2, 3].map((at) => metres(view.getUint8(at)));
  const latitude = degrees(view.getUint32(4) - LOC_CENTRE, LOC_MOST_LATITUDE, "N", "S");
  const longitude = degrees(view.getUint32(8) - LOC_CENTRE, LOC_MOST_LONGITUDE, "E", "W");
  if (latitude === null || longitude === null || precisions.includes(null)) return null;
  const altitude = `${((view.getUint32(12) - LOC_GROUND) / 100).toFixed(2)}m`;
  return [latitude, longitude, altitude, ...precisions].join(" ");
}

function degrees(thousandths: number, most: number, positive: string, negative: string): string | null {
  const size = Math.abs(thousandths);
  if (size > most) return null;
  const minutes = Math.floor(size / 60_000);
  const seconds = ((size % 60_000) / 1000).toFixed(3);
  return `${Math.floor(minutes / 60)} ${minutes % 60} ${seconds} ${thousandths < 0 ? negative : positive}`;
}

function metres(precision: number): string | null {
  const mantissa = precision >> 4;
  const exponent = precision & 15;
  // Zero has one spelling here, so that text and wire form stay each other's inverse.
  if (mantissa > 9 || exponent > 9 || (mantissa === 0 && exponent !== 0)) return null;
  return exponent < 2 ? `${((mantissa * 10 ** exponent) / 100).toFixed(2)}m` : `${mantissa * 10 ** (exponent - 2)}m`;
}
