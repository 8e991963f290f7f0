import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { routePrefixes } from "../lib/workloads.ts";
import { versionOf } from "./peer.ts";
import type { Peer, PeerCommand, PeerSettings } from "./peer.ts";

/** The routes are one group (the first that matches wins) before one proxy, so that they share its connections. */
export const caddy: Peer = {
  name: "caddy",
  version: () => versionOf(["caddy", "version"], /v?(\d\S*)/),
  install: "apt install caddy",
  warmUp: 5000,
  prepare,
};

function prepare({ port, origins, routes, folder }: PeerSettings): PeerCommand {
  const config = join(folder, "caddy.json");
  const log = join(folder, "access.log");
  const proxy = {
    handler: "reverse_proxy",
    upstreams: origins.map((origin) => ({ dial: `127.0.0.1:${origin}` })),
    load_balancing: { selection_policy: { policy: "least_conn" } },
    transport: {
      protocol: "http",
      compression: false,
      keep_alive: { enabled: true, max_idle_conns: 2400, max_idle_conns_per_host: 600, idle_timeout: "600s" },
    },
    headers: {
      request: {
        set: {
          "X-Real-IP": ["{http.request.remote.host}"],
          "X-Request-ID": ["{http.request.uuid}"],
          Via: ["1.1 caddy"],
        },
      },
      response: { add: { Via: ["1.1 caddy"] } },
    },
  };
  writeFileSync(
    config,
    JSON.stringify({
      admin: { disabled: true, config: { persist: false } },
      logging: {
        logs: {
          default: { level: "WARN", exclude: ["http.log.access"] },
          access: { include: ["http.log.access"], writer: { output: "file", filename: log, roll: false } },
        },
      },
      apps: {
        http: {
          servers: {
            edge: {
              listen: [`127.0.0.1:${port}`],
              automatic_https: { disable: true },
              idle_timeout: "600s",
              logs: {},
              routes: [
                ...routePrefixes(routes).map((prefix, n) => ({
                  group: "routes",
                  match: [{ path: [`${prefix}*`] }],
                  handle: [{ handler: "vars", route: n }],
                })),
                { handle: [proxy] },
              ],
            },
          },
        },
      },
    }),
  );
  return {
    argv: ["caddy", "run", "--config", config],
    env: { GOMAXPROCS: "1", XDG_CONFIG_HOME: folder, XDG_DATA_HOME: folder, HOME: folder },
    logs: [log],
  };
}
