/** Paths of the admin API. Names come from the command line, so they may hold anything. */
export function poolPath(pool: string): string {
  return `/pools/${encodeURIComponent(pool)}`;
}

export function targetPath(pool: string, address: string): string {
  return `${poolPath(pool)}/targets/${encodeURIComponent(address)}`;
}
