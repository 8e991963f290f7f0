// fastify with @fastify/http-proxy, registered once per prefix.
import proxy from "@fastify/http-proxy";
import Fastify from "fastify";
import { forwardingFields, leastConnections, logWhenClosed, settings } from "./npm-shared.mjs";

const upstreams = settings.origins.map((port) => `http://127.0.0.1:${port}`);
const app = Fastify({ logger: false, keepAliveTimeout: 600_000, bodyLimit: 1 << 30 });
app.addHook("onRequest", (request, reply, done) => {
  logWhenClosed(request.raw, reply.raw);
  done();
});
for (const prefix of [...settings.prefixes, "/"]) {
  app.register(proxy, {
    prefix,
    rewritePrefix: prefix,
    upstream: "",
    undici: { connections: 600, pipelining: 1, keepAliveTimeout: 600_000 },
    replyOptions: {
      getUpstream: (request) => request.origin,
      rewriteRequestHeaders: (request, headers) => ({ ...headers, ...forwardingFields(request.raw) }),
    },
    preHandler: (request, reply, done) => {
      request.origin = upstreams[leastConnections(reply.raw)];
      done();
    },
  });
}
await app.listen({ port: settings.port, host: "127.0.0.1", backlog: 4096 });
