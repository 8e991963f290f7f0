/**
 * What the types of a config take and refuse. The compiler is the test: here, and in `package.test.ts` where nothing but the
 * package is installed. A `@ts-expect-error` without an error is one.
 */
import { defineConfig, pool, route } from "../src/index.ts";
import type { Config, Duration, Handler, PoolConfig, RouteConfig, Size } from "../src/index.ts";

const users: PoolConfig = pool(["127.0.0.1:3001", { address: "127.0.0.1:3002", weight: 2 }], {
  timeouts: { connect: "500ms", firstByte: "1.5s", total: 0 },
  queue: { body: "16 KB" },
});

// Exactly one action.
export const one: RouteConfig = { match: { path: "/a" }, respond: { status: 204 } };
// @ts-expect-error none
export const none: RouteConfig = { match: { path: "/a" } };
// @ts-expect-error two
export const two: RouteConfig = { respond: {}, static: "public" };
// @ts-expect-error none
export const noneByHelper: RouteConfig = route("/a", { name: "a" });
// @ts-expect-error two
export const twoByHelper: RouteConfig = route("/a", { respond: {}, redirect: { to: "/b" } });

// Units.
export const durations: Duration[] = [0, "250ms", "1.5s", "5 m", "1h", "7d"];
export const sizes: Size[] = [0, "512B", "64KB", "64k", "1.5 MiB", "1gb"];
// @ts-expect-error no unit
export const seconds: Duration = 30;
// @ts-expect-error no unit
export const text: Duration = "30";
// @ts-expect-error no such unit
export const weeks: Duration = "2w";
// @ts-expect-error no unit
export const bytes: Size = 4096;
// @ts-expect-error no such unit
export const bits: Size = "4Kbit";
export const limits: Config["limits"] = { body: "none", head: "64KB" };
// @ts-expect-error a number in place of "none"
export const unlimited: Config["limits"] = { body: Number.POSITIVE_INFINITY };

// Names of pools.
export default defineConfig({
  pools: { users, orders: { targets: ["127.0.0.1:3003"] } },
  routes: [
    { match: { path: "/users/*" }, proxy: "users" },
    { match: { path: "/orders/*" }, proxy: { pool: "orders", rewrite: { stripPrefix: "/orders" } } },
    route("/a/*", { proxy: "users" }),
    route("/b/*", { match: { method: "GET" }, proxy: { pool: "orders" } }),
    route(["/c", "/d"], { handler: (request, { params }) => new Response(`${request.url} ${params["id"]}`) }),
  ],
});
defineConfig({
  pools: { users },
  routes: [
    // @ts-expect-error no such pool
    { proxy: "usrs" },
    // @ts-expect-error no such pool
    { proxy: { pool: "usrs" } },
    // @ts-expect-error no such pool
    route("/a", { proxy: "usrs" }),
  ],
});
// @ts-expect-error there are no pools
defineConfig({ routes: [{ proxy: "users" }] });
// Of names that only the run knows any may be one.
export const made: Readonly<Record<string, PoolConfig>> = Object.fromEntries([["users", users]]);
defineConfig({ pools: made, routes: [{ proxy: "users" }] });
// Routes of a file of their own say which pools they know.
export const imported: ReadonlyArray<RouteConfig<"users">> = [{ proxy: "users" }];
defineConfig({ pools: { users }, routes: [...imported, { respond: {} }] });

// Functions.
export const late = defineConfig(async () => ({ pools: { users }, routes: [{ proxy: "users" }] }));
export const now = defineConfig(() => ({ pools: { users }, routes: [route("/a", { proxy: "users" })] }));
// @ts-expect-error no such pool
defineConfig(async () => ({ pools: { users }, routes: [{ proxy: "usrs" }] }));
// @ts-expect-error nothing comes back
defineConfig(() => undefined);

// What is misspelt.
// @ts-expect-error paht
defineConfig({ routes: [{ match: { paht: "/a" }, respond: {} }] });
// @ts-expect-error leastconn
export const balanced: PoolConfig = { targets: ["a:1"], balance: "leastconn" };
export const handler: Handler = async (_request, { clientAddress }) => new Response(clientAddress);
