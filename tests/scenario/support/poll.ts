/** How long what is sure to come may take on a busy machine, milliseconds. */
export const BUSY = 15_000;

/** Waits until the condition holds, `wait` milliseconds at most; answers whether it does. */
export async function poll(condition: () => boolean, wait = BUSY): Promise<boolean> {
  const until = performance.now() + wait;
  while (!condition()) {
    if (performance.now() > until) return false;
    await Bun.sleep(2);
  }
  return true;
}
