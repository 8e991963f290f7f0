/**
 * A single-page application and its API: files from a folder, everything below /api to a pool.
 *
 *     npx roundtrip serve examples/static-site.config.ts
 *     curl -i http://127.0.0.1:8080/
 */
import { defineConfig, pool, route } from "roundtrip-edge";

export default defineConfig({
  pools: {
    api: pool(["127.0.0.1:3001", "127.0.0.1:3002"], { timeouts: { firstByte: "10s" } }),
  },
  routes: [
    route("/api/*", { proxy: { pool: "api", rewrite: { stripPrefix: "/api" } } }),
    // Every other path is a page of the application, which routes in the browser.
    route("/*", {
      name: "application",
      match: { method: ["GET", "HEAD"] },
      static: { root: "site", fallback: "index.html" },
      policies: [{ headers: { reply: { set: { "X-Content-Type-Options": "nosniff" } } } }],
    }),
  ],
});
