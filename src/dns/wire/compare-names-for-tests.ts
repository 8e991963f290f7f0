import { labelOffsets, LOWER } from "./name.ts";

/** Canonical order (RFC 4034 §6.1): by labels from the right, each as lower-case bytes, the shorter first. */
export function compareNames(a: Uint8Array, b: Uint8Array): number {
  const left = labelOffsets(a);
  const right = labelOffsets(b);
  for (let back = 1; back <= Math.min(left.length, right.length); back++) {
    const order = compareLabels(a, left[left.length - back]!, b, right[right.length - back]!);
    if (order !== 0) return order;
  }
  return left.length - right.length;
}

function compareLabels(a: Uint8Array, at: number, b: Uint8Array, bt: number): number {
  const length = Math.min(a[at]!, b[bt]!);
  for (let index = 1; index <= length; index++) {
    const order = LOWER[a[at + index]!]! - LOWER[b[bt + index]!]!;
    if (order !== 0) return order;
  }
  return a[at]! - b[bt]!;
}
