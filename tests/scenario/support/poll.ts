/** How long what is sure to come may take on a busy machine, milliseconds. */
export const BUSY = 15_000;

/** Less than any timer that is not set by the test; what happens at once takes no longer, also on a busy machine. */
export const AT_ONCE = 8_000;

/** Waits until the condition holds, `wait` milliseconds at most; answers whether it does. */
export async function poll(condition: () => boolean, wait = BUSY): Promise<boolean> {
  const until = performance.now() + wait;
  while (!condition()) {
    if (performance.now() > until) return false;
    await Bun.sleep(2);
  }
  return true;
}
