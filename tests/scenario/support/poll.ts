/** Waits until the condition holds, `wait` milliseconds at most; answers whether it does. */
export async function poll(condition: () => boolean, wait = 5_000): Promise<boolean> {
  const until = performance.now() + wait;
  while (!condition()) {
    if (performance.now() > until) return false;
    await Bun.sleep(2);
  }
  return true;
}
