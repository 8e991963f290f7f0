/** A program that a run may compare, as far as finding it goes. */
export interface Installable {
  readonly name: string;
  /** Its version when it is installed; otherwise undefined. */
  readonly version: () => Promise<string | undefined>;
  /** What to do when it is missing. */
  readonly install: string;
}

/** Those that are there, with their versions noted; what is missing is said. Throws when none is there. */
export async function installedOf<P extends Installable>(
  peers: readonly P[],
  versions: Record<string, string>,
  warn: (text: string) => void,
): Promise<P[]> {
  const found: P[] = [];
  for (const peer of peers) {
    const version = await peer.version();
    if (version === undefined) {
      warn(`${peer.name} is not installed: ${peer.install}`);
      continue;
    }
    versions[peer.name] = version;
    found.push(peer);
  }
  if (found.length === 0) throw new Error("none of the peers is installed");
  return found;
}
