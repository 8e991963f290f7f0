import type { ListenAddress, ListenerPlan, LiveListener } from "../contract/plan.ts";
import type { Listening, Network, Transport, TransportHandler } from "../contract/transport.ts";
import { SystemFailure } from "../schema/system-failure.ts";

/** Answers who handles a connection that came to this listener, or null to refuse it. */
export type Welcome = (transport: Transport, listener: LiveListener) => TransportHandler | null;

/** A socket that listens, and what its connections are served by, which a reload may change. */
class Listener implements LiveListener {
  readonly listening: Listening;
  /** As the config wants it; its port may be 0. */
  plan: ListenerPlan;

  constructor(network: Network, plan: ListenerPlan, welcome: Welcome) {
    this.plan = plan;
    const { host, port, backlog } = plan;
    this.listening = network.listen(host, port, (transport) => welcome(transport, this), { backlog });
  }
}

/** Listeners that a reload wants: bound already, and not in use before `commit`. */
export interface ListenerChange {
  /** What is new serves, what changed is served again, and what is gone stops. Live connections go on. */
  commit(): void;
  /** Nothing has happened. */
  undo(): void;
}

/**
 * The sockets that the edge listens on. A listener is known by its address: one that a reload wants again keeps its
 * socket, so that no connection is refused or lost, and what else was changed of it holds for the next connection.
 */
export class Listeners {
  readonly #network: Network;
  readonly #welcome: Welcome;
  readonly #report: (line: string) => void;
  #listeners: readonly Listener[] = [];

  constructor(network: Network, welcome: Welcome, report: (line: string) => void) {
    this.#network = network;
    this.#welcome = welcome;
    this.#report = report;
  }

  /** With the ports that the system chose. */
  get addresses(): readonly ListenAddress[] {
    return this.#listeners.map(({ listening: { host, port } }) => ({ host, port }));
  }

  /** Those that run now, by plan, with the ports that the system chose. */
  get plans(): readonly ListenerPlan[] {
    return this.#listeners.map(({ plan, listening: { port } }) => ({ ...plan, port }));
  }

  /** Binds what is not bound yet. Throws SystemFailure with nothing new bound. */
  prepare(wanted: readonly ListenerPlan[]): ListenerChange {
    const running = this.#listeners;
    const next: Listener[] = [];
    const undo = (): void => {
      for (const one of next) if (!running.includes(one)) one.listening.stop();
    };
    try {
      for (const [index, plan] of wanted.entries()) {
        const same = running.find((one) => isSameAddress(one.plan, plan) && !next.includes(one));
        next.push(same ?? this.#listen(plan, index));
      }
    } catch (error) {
      undo();
      throw error;
    }
    const commit = (): void => {
      for (const one of running) if (!next.includes(one)) one.listening.stop();
      for (const [index, one] of next.entries()) this.#change(one, wanted[index]!);
      this.#listeners = next;
    };
    return { commit, undo };
  }

  #listen(plan: ListenerPlan, index: number): Listener {
    try {
      return new Listener(this.#network, plan, this.#welcome);
    } catch (error) {
      const { host, port } = plan;
      throw new SystemFailure(["listeners", index], { kind: "listen", host, port }, error);
    }
  }

  /** No further connection is accepted. */
  stop(): void {
    for (const { listening } of this.#listeners) listening.stop();
  }

  #change(listener: Listener, plan: ListenerPlan): void {
    const before = listener.plan;
    listener.plan = plan;
    if (before.backlog === plan.backlog || listener.listening.setBacklog(plan.backlog)) return;
    const { host, port } = listener.listening;
    this.#report(`${host}:${port} keeps its backlog until the next start: this system's sockets cannot change it`);
  }
}

function isSameAddress(one: ListenAddress, other: ListenAddress): boolean {
  return one.host === other.host && one.port === other.port;
}
