const MAX_WEIGHT = 256;
/** Multiples of the least weight that are tried on the way to whole numbers: 10 to 15 needs 2, 70 to 30 needs 3. */
const MAX_MULTIPLE = 16;
const TOLERANCE = 1e-9;

/**
 * Weights of one priority (RFC 2782: 0…65535, parted among addresses) as 1…256, in the smallest whole numbers that
 * have the same proportions: small weights cost the hashing algorithms less memory and stand on the config's scale,
 * where 1 is usual. Where there are none up to 256, the greatest becomes 256 and the rest is rounded, never to 0.
 *
 * Weight 0 beside others is RFC 2782's "very small chance": 1 beside 256. All 0 means no choice is wanted: all get 1.
 */
export function scaleWeights(weights: readonly number[]): number[] {
  const positive = weights.filter((weight) => weight > 0);
  if (positive.length === 0) return weights.map(() => 1);
  const least = positive.reduce((left, right) => Math.min(left, right));
  const greatest = positive.reduce((left, right) => Math.max(left, right));
  if (positive.length === weights.length) {
    for (let multiple = 1; multiple <= MAX_MULTIPLE; multiple++) {
      const scale = multiple / least;
      if (Math.round(greatest * scale) > MAX_WEIGHT) break;
      if (weights.every((weight) => isWhole(weight * scale)))
        return weights.map((weight) => Math.round(weight * scale));
    }
  }
  return weights.map((weight) => Math.max(1, Math.round((weight / greatest) * MAX_WEIGHT)));
}

function isWhole(value: number): boolean {
  return Math.abs(value - Math.round(value)) < TOLERANCE * value;
}
