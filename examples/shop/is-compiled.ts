/** In an executable made by `bun build --compile` all modules lie in a virtual file system. */
export function isCompiled(): boolean {
  return Bun.main.startsWith("/$bunfs/") || Bun.main.includes("~BUN");
}
