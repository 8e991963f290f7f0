/** RFC 5952: lower case, no leading zeros, the longest run of two or more zero groups as `::`. */
export function formatIpv6(data: Uint8Array, start: number): string {
  const groups = Array.from(
    { length: 8 },
    (_, index) => (data[start + index * 2]! << 8) | data[start + index * 2 + 1]!,
  );
  let best = -1;
  let bestLength = 1;
  for (let from = 0; from < 8; from++) {
    let length = 0;
    while (from + length < 8 && groups[from + length] === 0) length++;
    if (length > bestLength) {
      best = from;
      bestLength = length;
    }
  }
  return best < 0
    ? hexGroups(groups)
    : `${hexGroups(groups.slice(0, best))}::${hexGroups(groups.slice(best + bestLength))}`;
}

function hexGroups(groups: readonly number[]): string {
  return groups.map((group) => group.toString(16)).join(":");
}
