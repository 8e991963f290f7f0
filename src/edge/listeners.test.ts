import { describe, expect, test } from "bun:test";

import type { ListenerPlan, LiveListener } from "../contract/plan.ts";
import type { Acceptor, Listening, ListenOptions, Network, Transport } from "../contract/transport.ts";
import { Listeners } from "./listeners.ts";

interface Bound {
  readonly address: string;
  readonly accept: Acceptor;
  backlog: number;
  stopped: boolean;
}

/** Notes what is listened on; the addresses in `taken` are refused. */
class Board {
  readonly bound: Bound[] = [];
  readonly taken = new Set<string>();
  changes = true;

  readonly network = {
    listen: (host: string, port: number, accept: Acceptor, options?: ListenOptions): Listening => {
      const address = `${host}:${port}`;
      if (this.taken.has(address)) throw new Error(`EADDRINUSE ${address}`);
      const one: Bound = { address, accept, backlog: options?.backlog ?? 0, stopped: false };
      this.bound.push(one);
      return {
        host,
        port: port === 0 ? 4_000 + this.bound.length : port,
        setBacklog: (backlog) => {
          if (this.changes) one.backlog = backlog;
          return this.changes;
        },
        stop: () => {
          one.stopped = true;
        },
      };
    },
  } as Network;

  get live(): string[] {
    return this.bound.filter(({ stopped }) => !stopped).map(({ address, backlog }) => `${address} ${backlog}`);
  }
}

const plan = (port: number, backlog = 10): ListenerPlan => ({
  name: `h:${port}`,
  host: "h",
  port,
  protocol: "http",
  backlog,
});

function listenersOn(board: Board): { listeners: Listeners; served: ListenerPlan[]; reports: string[] } {
  const served: ListenerPlan[] = [];
  const reports: string[] = [];
  const welcome = (_transport: Transport, { plan: by }: LiveListener): null => {
    served.push(by);
    return null;
  };
  return { listeners: new Listeners(board.network, welcome, (line) => reports.push(line)), served, reports };
}

describe("listeners", () => {
  test("that are wanted again keep their sockets; what is new comes and what is gone stops with the commit", () => {
    const board = new Board();
    const { listeners } = listenersOn(board);
    listeners.prepare([plan(1), plan(2)]).commit();
    const change = listeners.prepare([plan(2), plan(3)]);
    expect(board.live).toEqual(["h:1 10", "h:2 10", "h:3 10"]);
    change.commit();
    expect(board.live).toEqual(["h:2 10", "h:3 10"]);
    expect(listeners.addresses).toEqual([
      { host: "h", port: 2 },
      { host: "h", port: 3 },
    ]);
  });

  test("of which another option is wanted take it on, without a moment in which nobody listens", () => {
    const board = new Board();
    const { listeners, served } = listenersOn(board);
    listeners.prepare([plan(1)]).commit();
    listeners.prepare([plan(1, 20)]).commit();
    expect(board.bound).toHaveLength(1);
    expect(board.live).toEqual(["h:1 20"]);
    board.bound[0]!.accept({} as Transport);
    expect(served).toEqual([plan(1, 20)]);
  });

  test("where the system cannot take it on say so", () => {
    const board = new Board();
    board.changes = false;
    const { listeners, reports } = listenersOn(board);
    listeners.prepare([plan(1)]).commit();
    listeners.prepare([plan(1)]).commit();
    expect(reports).toEqual([]);
    listeners.prepare([plan(1, 20)]).commit();
    expect(reports).toEqual([expect.stringContaining("h:1 keeps its backlog until the next start")]);
  });

  test("all or none: when one cannot be bound, nothing has changed", () => {
    const board = new Board();
    const { listeners } = listenersOn(board);
    listeners.prepare([plan(1)]).commit();
    board.taken.add("h:3");
    expect(() => listeners.prepare([plan(1, 20), plan(2), plan(3)])).toThrow("EADDRINUSE h:3");
    expect(board.live).toEqual(["h:1 10"]);
    listeners.prepare([plan(2)]).undo();
    expect(board.live).toEqual(["h:1 10"]);
  });

  test("on any free port are told apart by their order", () => {
    const board = new Board();
    const { listeners } = listenersOn(board);
    listeners.prepare([plan(0), plan(0)]).commit();
    const before = listeners.addresses;
    listeners.prepare([plan(0), plan(0), plan(0)]).commit();
    expect(listeners.addresses.slice(0, 2)).toEqual([...before]);
    expect(board.live).toHaveLength(3);
  });
});
