/**
 * The edge of the shop. The demonstration uses it with the ports that its services got; as a file of its own it takes
 * the ports from the environment: `USERS_PORTS=9001,9002 ORDERS_PORTS=9003,9004 roundtrip serve roundtrip.config.ts`.
 */
import type { Config } from "../../src/config/config.ts";
import type { PoolConfig } from "../../src/config/pool-config.ts";
import type { DnsConfig } from "../../src/dns/config/dns-config.ts";
import { landingPage } from "./landing-page.ts";

/** Where an instance listens, on 127.0.0.1. */
export interface ShopBackend {
  readonly name: "users" | "orders";
  readonly port: number;
}

/** Where the shop's name server listens, on 127.0.0.1. */
export interface ShopNames {
  /** UDP and TCP. */
  readonly port: number;
  /** DNS over TLS. */
  readonly tlsPort: number;
}

/** `port`: where the edge listens. `names`: null for none. `program`: how it is called. */
export function shopConfig(
  services: readonly ShopBackend[],
  port = 8080,
  names: ShopNames | null = { port: 5300, tlsPort: 8853 },
  program = "roundtrip",
): Config {
  const targetsOf = (name: ShopBackend["name"]): string[] =>
    services.filter((service) => service.name === name).map((service) => `127.0.0.1:${service.port}`);

  const poolOf = (name: ShopBackend["name"]): PoolConfig => ({
    targets: targetsOf(name),
    balance: "least-connections",
    // A service whose database is gone takes no more requests, although it still accepts connections.
    health: { check: { kind: "http", path: "/healthz" } },
  });

  return {
    listeners: [`127.0.0.1:${port}`],

    pools: {
      users: poolOf("users"),
      orders: poolOf("orders"),
    },

    routes: [
      {
        name: "landing page",
        match: { path: "/", method: ["GET", "HEAD"] },
        policies: [{ headers: { reply: { set: { "Cache-Control": "no-cache" } } } }],
        respond: { contentType: "text/html; charset=utf-8", body: landingPage(port, program) },
      },
      {
        name: "users",
        match: { path: "/users/*" },
        policies: [
          {
            headers: {
              request: { set: { "X-Shop-Client": "${client.address}" }, remove: ["X-Shop-Debug"] },
              reply: { set: { "X-Content-Type-Options": "nosniff", "X-Trace-Id": "${trace.id}" } },
            },
          },
        ],
        proxy: "users",
      },
      {
        name: "orders",
        match: { path: "/orders/*" },
        policies: [
          { headers: { reply: { set: { "X-Content-Type-Options": "nosniff", "X-Trace-Id": "${trace.id}" } } } },
        ],
        proxy: "orders",
      },
      {
        name: "things to try",
        match: { path: ["/slow", "/fail", "/big", "/upload"] },
        proxy: "orders",
      },
      {
        name: "hello",
        match: { path: ["/hello", "/hello/:name"], method: "GET" },
        handler: (_request, { params, clientAddress, traceId }) =>
          Response.json({ hello: params["name"] ?? "world", clientAddress, traceId }),
      },
      {
        name: "shop",
        match: { path: "/shop" },
        redirect: { to: "/users", status: 302 },
      },
      ...(names === null ? [] : [{ name: "names", match: { path: "/dns-query" }, doh: true } as const]),
    ],

    ...(names !== null && { dns: shopNames(names) }),
  };
}

/** The zone of the shop: all that runs on this machine, and two names that answer only while their services are up. */
function shopNames({ port, tlsPort }: ShopNames): DnsConfig {
  const here = ["127.0.0.1"];
  return {
    listeners: [`127.0.0.1:${port}`, { tls: `127.0.0.1:${tlsPort}` }],
    nsid: "demonstration",
    zones: {
      "shop.test": {
        ttl: "5m",
        records: {
          "@": { NS: ["ns1", "ns2"], A: "127.0.0.1", MX: "10 mail", TXT: "the shop behind Roundtrip" },
          ns1: { A: "127.0.0.1" },
          ns2: { A: "127.0.0.1" },
          mail: { A: "127.0.0.1" },
          www: { CNAME: "@" },
        },
        steering: {
          users: { ttl: "5s", pops: { here: { addresses: here, health: "users" } } },
          orders: { ttl: "5s", pops: { here: { addresses: here, health: "orders" } } },
        },
      },
    },
  };
}

function backendsFrom(name: ShopBackend["name"], ports: string): ShopBackend[] {
  return ports.split(",").map((port) => ({ name, port: Number(port) }));
}

export default shopConfig([
  ...backendsFrom("users", process.env["USERS_PORTS"] ?? "9001,9002"),
  ...backendsFrom("orders", process.env["ORDERS_PORTS"] ?? "9003,9004"),
]);
