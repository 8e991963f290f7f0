import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { routePrefixes } from "../lib/workloads.ts";
import { versionOf } from "./peer.ts";
import type { Peer, PeerCommand, PeerSettings } from "./peer.ts";

/**
 * As a proxy: everything is passed, nothing is cached. It has no least-connections balancing (round robin instead);
 * its log is the shared memory it always writes. Routes are a chain of prefix tests, compiled to C.
 */
export const varnish: Peer = {
  name: "varnish",
  version: () => versionOf(["varnishd", "-V"], /varnish-(\S+)/),
  install: "apt install varnish",
  mostRoutes: 1000,
  warmUp: 5000,
  prepare,
};

function prepare({ port, origins, routes, folder }: PeerSettings): PeerCommand {
  const config = join(folder, "edge.vcl");
  const chain = routePrefixes(routes)
    .map((prefix, n) => `if (req.url ~ "^${prefix}") { set req.http.X-Route = "${n}"; }`)
    .join("\n  else ");
  writeFileSync(
    config,
    `vcl 4.1;
import directors;
import std;
${origins.map((origin, n) => `backend o${n} { .host = "127.0.0.1"; .port = "${origin}"; }`).join("\n")}
sub vcl_init {
  new origin = directors.round_robin();
  ${origins.map((_, n) => `origin.add_backend(o${n});`).join(" ")}
}
sub vcl_recv {
  ${chain}
  unset req.http.X-Route;
  set req.backend_hint = origin.backend();
  set req.http.X-Real-IP = client.ip;
  set req.http.X-Forwarded-Proto = "http";
  set req.http.X-Forwarded-Host = req.http.Host;
  set req.http.X-Request-ID = req.xid;
  set req.http.Via = "1.1 varnish";
  return (pass);
}
`,
  );
  const parameters = ["timeout_idle=600", "thread_pools=1", "thread_pool_min=600", "thread_pool_max=2000"];
  const address = `127.0.0.1:${port}`;
  const argv = ["varnishd", "-F", "-n", join(folder, "instance"), "-f", config, "-a", address, "-s", "malloc,256m"];
  return { argv: [...argv, ...parameters.flatMap((parameter) => ["-p", parameter])] };
}
