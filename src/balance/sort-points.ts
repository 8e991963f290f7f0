const BITS = 11;
const DIGITS = 1 << BITS;

/** Sorts points in ascending order and their owners with them, in place: a radix sort, O(n), which keeps equals in order. */
export function sortPoints(points: Uint32Array, owners: Int32Array): void {
  const { length } = points;
  const counts = new Int32Array(DIGITS + 1);
  let fromPoints = points;
  let fromOwners = owners;
  let toPoints: Uint32Array = new Uint32Array(length);
  let toOwners: Int32Array = new Int32Array(length);
  for (let shift = 0; shift < 32; shift += BITS) {
    counts.fill(0);
    for (let index = 0; index < length; index++) counts[((fromPoints[index]! >>> shift) & (DIGITS - 1)) + 1]!++;
    for (let digit = 0; digit < DIGITS; digit++) counts[digit + 1]! += counts[digit]!;
    for (let index = 0; index < length; index++) {
      const point = fromPoints[index]!;
      const at = counts[(point >>> shift) & (DIGITS - 1)]!++;
      toPoints[at] = point;
      toOwners[at] = fromOwners[index]!;
    }
    [fromPoints, toPoints] = [toPoints, fromPoints];
    [fromOwners, toOwners] = [toOwners, fromOwners];
  }
  // Three passes: the result lies in what was the other pair.
  points.set(fromPoints);
  owners.set(fromOwners);
}
