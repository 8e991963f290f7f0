/**
 * Several hosts over several pools, with fields edited on the way.
 *
 *     npx roundtrip check examples/gateway.config.ts
 */
import { defineConfig, pool, route, type PolicyConfig } from "roundtrip-edge";

/** What the outside may neither send nor see. */
const boundary: PolicyConfig = {
  headers: {
    request: { remove: ["X-Internal-User"], set: { "X-Route": "${route}" } },
    reply: { remove: ["Server", "X-Powered-By"], add: { "X-Trace": "${trace.id}" } },
  },
};

export default defineConfig({
  listeners: [":8080"],
  pools: {
    users: pool(["127.0.0.1:3001", "127.0.0.1:3002"], { balance: "least-connections" }),
    orders: pool([
      { address: "127.0.0.1:3003", weight: 3 },
      { address: "127.0.0.1:3004", weight: 1 },
    ]),
    legacy: pool("127.0.0.1:3005", {
      connections: { max: 20 },
      queue: { max: 100, timeout: "2s" },
      retry: { attempts: 0 },
    }),
  },
  routes: [
    route("/users/*", { match: { host: "api.shop.test" }, proxy: "users", policies: [boundary] }),
    route("/orders/*", { match: { host: "api.shop.test" }, proxy: "orders", policies: [boundary] }),
    // Writing to the old orders is over.
    route("/orders/*", {
      name: "orders are closed",
      match: { host: "old.shop.test", method: ["POST", "PUT", "PATCH", "DELETE"] },
      respond: { status: 410, body: "Orders are taken at api.shop.test.\n" },
    }),
    { name: "old shop", match: { host: "old.shop.test" }, proxy: "legacy", policies: [boundary] },
    { name: "www", match: { host: "www.shop.test" }, redirect: { to: "https://shop.test${path}", status: 301 } },
  ],
});
