/** An edge before origins that answer with their names: a request shows at once who got it. */
import type { Config } from "../../../src/config/config.ts";
import type { PoolConfig, TargetConfig } from "../../../src/config/pool-config.ts";
import type { LivePool } from "../../../src/contract/live-pool.ts";
import type { Target } from "../../../src/contract/target.ts";
import type { Explained, ReloadResult } from "../../../src/control/edge-control.ts";
import { edgeFromFile, type FileEdge } from "./edge-from-file.ts";
import { ok, startOrigin, type Origin, type Received } from "./origin.ts";
import { bodyOf, isComplete, raw, statusOf } from "./raw-client.ts";
import { fieldOf } from "./replies.ts";

export interface Answered {
  readonly status: number;
  /** The origin's name. */
  readonly body: string;
  /** Of Set-Cookie, "" without one. */
  readonly setCookie: string;
  readonly reply: string;
}

/** What is different about an origin's entry in the config; null: it is not in it. */
export type Entries = Readonly<Record<string, Partial<TargetConfig> | null>>;

export interface NamedPool {
  readonly edge: FileEdge;
  readonly origins: Readonly<Record<string, Origin>>;
  /** Of the edge as it is now. */
  live(): LivePool;
  target(name: string): Target;
  /** Wheel milliseconds. */
  now(): number;
  get(path: string, fields?: string): Promise<Answered>;
  /** Names of those who answered so many requests, in order. */
  turns(count: number, fields?: string): Promise<string>;
  explain(path: string, fields?: ReadonlyArray<readonly [string, string]>, client?: string): Promise<Explained>;
  nameOf(address: string): string;
  reload(entries: Entries, pool?: Partial<PoolConfig>): Promise<ReloadResult>;
  stop(): Promise<void>;
}

export interface NamedPoolOptions {
  readonly pool?: Partial<PoolConfig>;
  readonly entries?: Entries;
  readonly config?: Partial<Config>;
  /** Default: the name is the answer. */
  readonly answer?: (name: string, request: Received) => unknown;
}

/** One origin for each letter, in this order. */
export async function startNamedPool(names: string, options: NamedPoolOptions = {}): Promise<NamedPool> {
  const { answer = (name, request) => ok(request, name) } = options;
  const origins: Record<string, Origin> = {};
  for (const name of names) origins[name] = await startOrigin((request) => answer(name, request));
  const configOf = (entries: Entries, pool: Partial<PoolConfig>): Config => ({
    pools: {
      main: {
        targets: names
          .split("")
          .filter((name) => entries[name] !== null)
          .map((name) => ({ address: origins[name]!.address, ...entries[name] })),
        ...pool,
      },
    },
    routes: [{ name: "all", match: { path: "/*" }, proxy: "main" }],
    ...options.config,
  });
  const edge = await edgeFromFile(configOf(options.entries ?? {}, options.pool ?? {}));
  const { control } = edge.edge;
  const live = (): LivePool => control.plan().pools.get("main")!.live;
  const nameOf = (address: string): string =>
    Object.entries(origins).find(([, origin]) => origin.address === address)?.[0] ?? address;
  const get = async (path: string, fields = ""): Promise<Answered> => {
    const reply = await raw(edge.port, [`GET ${path} HTTP/1.1\r\nHost: h.example\r\n${fields}\r\n`], {
      until: isComplete,
    });
    return { status: statusOf(reply), body: bodyOf(reply), setCookie: fieldOf(reply, "Set-Cookie") ?? "", reply };
  };
  return {
    edge,
    origins,
    live,
    target: (name) => live().targets.find(({ address }) => address === origins[name]!.address)!,
    now: () => control.status().now,
    get,
    async turns(count, fields) {
      let answered = "";
      for (let turn = 0; turn < count; turn++) {
        const { status, body } = await get(`/turn/${turn}`, fields);
        answered += status === 200 ? body : `(${status})`;
      }
      return answered;
    },
    explain: (path, fields = [], client = "127.0.0.1") =>
      control.explain({ method: "GET", url: `http://h.example${path}`, fields, client }),
    nameOf,
    reload: (entries, pool = options.pool ?? {}) => edge.reload(configOf(entries, pool)),
    async stop() {
      await edge.stop();
      for (const origin of Object.values(origins)) await origin.stop();
    },
  };
}
