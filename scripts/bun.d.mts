/** Names of the packages that hold Bun for a platform, best first. Empty when Bun does not exist for it. */
export function platformPackages(platform?: string, arch?: string, musl?: boolean): string[];
/** Path of Bun's binary for a module at `from`, or null when it is not installed. */
export function findBun(from?: string): string | null;
/** Runs Bun in place of this process: same terminal, same arguments, same end. */
export function runBun(args: readonly string[], from?: string): void;
