import type { Path } from "../path.ts";

/** A client connection, as draining sees it. */
export interface Drainable {
  /** Closes when it is idle, else after its reply. */
  drain(): void;
  /** Ends now, with what it carries. */
  cut(): void;
}

/** Between the last accept and the close of idle connections, milliseconds. */
const GRACE = 100;

/**
 * Lets what is under way come to its end, within `timeouts.drain`; then cuts what is left. It waits for exchanges, with and
 * without a client. A connection that has none reads what its client still sends behind a reply, or waits for a head, and
 * gets the time of a lingering close.
 */
export async function drain(path: Path, connections: Iterable<Drainable>): Promise<void> {
  path.draining = true;
  const { drain: most, linger } = path.plan.timeouts;
  // A connection that looks idle may have a request in the kernel's buffer: it gets its answer, and `close` with it.
  if (path.connections > 0) await Bun.sleep(Math.min(GRACE, most / 2));
  for (const connection of connections) connection.drain();
  const begun = performance.now();
  await until(path, () => path.exchanges === 0, most);
  const rest = Math.max(0, most - (performance.now() - begun));
  await until(path, () => path.connections === 0, Math.min(linger, rest));
  for (const connection of connections) connection.cut();
}

/** Resolves when `isSo`, which connections and exchanges decide as they end, or after `most` milliseconds. */
async function until(path: Path, isSo: () => boolean, most: number): Promise<void> {
  if (isSo()) return;
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, most);
    path.onLess = () => {
      if (!isSo()) return;
      clearTimeout(timer);
      resolve();
    };
  });
  path.onLess = null;
}
