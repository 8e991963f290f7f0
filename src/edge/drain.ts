import type { Path } from "../path.ts";

/** A client connection, as draining sees it. */
export interface Drainable {
  readonly isTunnel: boolean;
  /** Closes when it is idle, else after its reply. */
  drain(): void;
  /** Ends now, with what it carries. */
  cut(): void;
}

export interface DrainOptions {
  /** Milliseconds that what is under way may take; 0: as long as it likes. */
  readonly most: number;
  /** Ends the wait at once. */
  readonly cut: AbortSignal;
  /** Told when something is to be cut that is under way still. */
  readonly beforeCut: (left: UnderWay) => void;
}

export interface UnderWay {
  readonly requests: number;
  readonly tunnels: number;
}

/** Between the last accept and the close of idle connections, milliseconds. */
const GRACE = 100;
/** The longest that a timer can be set to. */
const NO_END = 2 ** 31 - 1;

/**
 * Lets what is under way come to its end, within `most`; then cuts what is left. It waits for exchanges, with and
 * without a client. A connection that has none reads what its client still sends behind a reply, or waits for a head, and
 * gets the time of a lingering close.
 */
export async function drain(path: Path, connections: Iterable<Drainable>, options: DrainOptions): Promise<void> {
  path.draining = true;
  const { cut, beforeCut } = options;
  const { linger } = path.plan.timeouts;
  const most = options.most === 0 ? NO_END : options.most;
  // A connection that looks idle may have a request in the kernel's buffer: it gets its answer, and `close` with it.
  if (path.connections > 0) await Bun.sleep(Math.min(GRACE, most / 2));
  for (const connection of connections) connection.drain();
  const begun = performance.now();
  await until(path, () => path.exchanges === 0, most, cut);
  const rest = Math.max(0, most - (performance.now() - begun));
  await until(path, () => path.connections === 0, Math.min(linger, rest), cut);
  if (path.exchanges > 0) beforeCut(underWay(path, connections));
  for (const connection of connections) connection.cut();
}

export function underWay(path: Path, connections: Iterable<Pick<Drainable, "isTunnel">>): UnderWay {
  let tunnels = 0;
  for (const { isTunnel } of connections) if (isTunnel) tunnels++;
  return { requests: path.exchanges - tunnels, tunnels };
}

/** Resolves when `isSo`, which connections and exchanges decide as they end, after `most` milliseconds, or with `cut`. */
async function until(path: Path, isSo: () => boolean, most: number, cut: AbortSignal): Promise<void> {
  if (isSo() || cut.aborted) return;
  await new Promise<void>((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      cut.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, most);
    cut.addEventListener("abort", end);
    path.onLess = () => {
      if (isSo()) end();
    };
  });
  path.onLess = null;
}
