/** Primes, for the table of Maglev hashing: every step through a table of prime size visits every entry. */

/** For whole numbers below 2^53; takes time by their root. */
export function isPrime(number: number): boolean {
  if (number < 4) return number > 1;
  if (number % 2 === 0) return false;
  for (let factor = 3; factor * factor <= number; factor += 2) if (number % factor === 0) return false;
  return true;
}

/** The prime that is nearest; of two the larger. At least 2. */
export function nearestPrime(number: number): number {
  for (let distance = 0; ; distance++) {
    if (isPrime(number + distance)) return number + distance;
    if (isPrime(number - distance)) return number - distance;
  }
}
