import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { routePrefixes } from "../lib/workloads.ts";
import { versionOf } from "./peer.ts";
import type { Peer, PeerCommand, PeerSettings } from "./peer.ts";

/** Routes are a prefix map, its fastest way; the log goes to a ring in memory, which costs it no system call. */
export const haproxy: Peer = {
  name: "haproxy",
  version: () => versionOf(["haproxy", "-v"], /version (\S+)/),
  install: "apt install haproxy",
  warmUp: 5000,
  prepare: (settings) => prepare(settings, 16),
};

/** Buffers of 32 KiB in place of 16: now and then better with large bodies, worse with small ones. */
export const haproxy32k: Peer = {
  ...haproxy,
  name: "haproxy-32k",
  usual: ["get-64k", "get-1m", "post-64k"],
  prepare: (settings) => prepare(settings, 32),
};

function prepare({ port, origins, routes, folder }: PeerSettings, bufferKiB: number): PeerCommand {
  const config = join(folder, "haproxy.cfg");
  const map = join(folder, "routes.map");
  writeFileSync(
    map,
    routePrefixes(routes)
      .map((prefix) => `${prefix} origin\n`)
      .join(""),
  );
  writeFileSync(
    config,
    `global
  nbthread 1
  tune.bufsize ${bufferKiB * 1024}
  maxconn 12000
  no strict-limits
defaults
  mode http
  timeout connect 5s
  timeout client 600s
  timeout server 600s
  timeout http-keep-alive 600s
  option http-keep-alive
  option splice-auto
  http-reuse always
frontend edge
  bind 127.0.0.1:${port} backlog 4096
  maxconn 12000
  log ring@access local0
  option httplog
  option forwardfor
  unique-id-format %[uuid]
  unique-id-header X-Request-ID
  http-request set-header X-Real-IP %[src]
  http-request set-header X-Forwarded-Host %[req.hdr(host)]
  http-request set-header X-Forwarded-Proto http
  http-request add-header Via "1.1 haproxy"
  http-response add-header Via "1.1 haproxy"
  use_backend %[path,map_beg(${map},origin)]
backend origin
  balance leastconn
${origins.map((origin, n) => `  server o${n} 127.0.0.1:${origin} pool-max-conn 600`).join("\n")}
ring access
  format rfc3164
  maxlen 1200
  size 1048576
`,
  );
  return { argv: ["haproxy", "-db", "-f", config] };
}
