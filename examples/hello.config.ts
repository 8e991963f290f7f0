/**
 * Needs no server behind it: functions and fixed answers.
 *
 *     npx roundtrip serve examples/hello.config.ts
 *     curl -i http://127.0.0.1:8080/hello/ada
 */
import { defineConfig, route } from "roundtrip-edge";

export default defineConfig({
  listeners: ["127.0.0.1:8080"],
  routes: [
    route("/hello/:name", {
      name: "hello",
      match: { method: "GET" },
      handler: (_request, { params }) => new Response(`Hello ${params.name}.\n`),
    }),
    route("/whoami", {
      handler: (request, { clientAddress, traceId }) =>
        Response.json({ address: clientAddress, trace: traceId, agent: request.headers.get("user-agent") }),
    }),
    route("/echo", { match: { method: "POST" }, handler: (request) => new Response(request.body) }),
    route("/hi/:name", { redirect: { to: "/hello/${params.name}", status: 308 } }),
    route("/health", { respond: { body: "ok\n" } }),
    { name: "nothing", respond: { status: 404, body: "Try /hello/you, /whoami or /health.\n" } },
  ],
});
