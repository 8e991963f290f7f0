/**
 * Servers that come and go, are asked how they are, and keep their clients; a second site takes over when the first
 * cannot.
 *
 *     STICKY_SECRET=$(openssl rand -base64 32) npx roundtrip serve examples/high-availability.config.ts
 */
import { defineConfig, pool, route } from "roundtrip-edge";

const secret = process.env.STICKY_SECRET;

export default defineConfig({
  listeners: ["127.0.0.1:8080"],
  pools: {
    shop: pool(
      [
        // This site, tier 0: whatever the name stands for now.
        { dns: "shop.internal:8080", refresh: { minimum: "5s", maximum: "1m" } },
        // The other site, tier 1: it takes what this one cannot.
        { dns: "shop.elsewhere.internal:8080", priority: 1 },
        // When neither is up: a page that says so.
        { address: "127.0.0.1:3009", backup: true },
      ],
      {
        balance: "least-time",
        slowStart: "30s",
        // Without a secret of our own the cookies would not hold over a restart.
        sticky: { maxAge: "8h", ...(secret === undefined ? {} : { secret }) },
        health: {
          check: {
            kind: "http",
            path: "/healthz",
            host: "shop.test",
            status: 200,
            body: /"status":\s*"up"/,
            interval: "3s",
            timeout: "1s",
            rise: 2,
            fall: 2,
          },
          passive: { maxFails: 3, window: "10s", statuses: ["500-599"], rest: "10s", maxEjected: 0.5 },
          // With fewer than 30 % up, those would break too: better to use all.
          panic: 0.3,
        },
        connections: { max: 100 },
      },
    ),
    // gRPC servers by SRV records, whose priorities and weights count.
    orders: pool([{ srv: "_grpc._tcp.orders.internal" }], {
      balance: { algorithm: "maglev", key: { field: "x-customer" } },
      health: { check: { kind: "grpc", service: "shop.Orders" } },
    }),
    // Kept by a deployment script: `targets.json` beside this file, and `npx roundtrip` commands.
    workers: pool([{ file: "./targets.json" }, { admin: true }], {
      balance: "power-of-two-choices",
      health: { check: "tcp" },
      drain: "10m",
    }),
  },
  routes: [
    route("/orders/*", { proxy: "orders" }),
    route("/jobs/*", { proxy: "workers" }),
    { name: "shop", proxy: "shop" },
  ],
});
