// http-proxy-3 brings no router and no balancer: both are the few lines here.
import { Agent, createServer } from "node:http";
import httpProxy from "http-proxy-3";
import { forwardingFields, leastConnections, logWhenClosed, settings } from "./npm-shared.mjs";

const agent = new Agent({ keepAlive: true, maxSockets: 2400, maxFreeSockets: 600 });
const proxy = httpProxy.createProxyServer({ agent });
const targets = settings.origins.map((port) => ({ host: "127.0.0.1", port }));
proxy.on("error", (error, _request, response) => {
  console.error(error);
  if ("writeHead" in response && !response.headersSent) response.writeHead(502);
  response.end();
});

proxy.on("proxyRes", (reply, request) => {
  if (request.closes) reply.headers.connection = "close";
});

const server = createServer((request, response) => {
  logWhenClosed(request, response);
  const route = settings.prefixes.find((prefix) => request.url.startsWith(prefix)) ?? "/";
  request.route = route;
  // It uses the client's Connection field towards the origin, and would give up a connection with each `close`.
  request.closes = request.headers.connection === "close";
  Object.assign(request.headers, forwardingFields(request), { connection: "keep-alive" });
  proxy.web(request, response, { target: targets[leastConnections(response)] });
});
server.keepAliveTimeout = 600_000;
server.requestTimeout = 0;
server.listen({ port: settings.port, host: "127.0.0.1", backlog: 4096 });
