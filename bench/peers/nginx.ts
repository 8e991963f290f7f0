import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { routePrefixes } from "../lib/workloads.ts";
import { versionOf } from "./peer.ts";
import type { Peer, PeerCommand, PeerSettings } from "./peer.ts";

/**
 * Buffers that hold a large reply: with the default of eight pages nginx takes twice the CPU at 64 KiB.
 * Bodies of requests are kept in memory and sent on whole, which costs it less than streaming them.
 */
const TUNED = `proxy_buffer_size 16k; proxy_buffers 16 64k; proxy_busy_buffers_size 128k; proxy_max_temp_file_size 0;
  client_body_buffer_size 128k;`;

/** Started by root, its worker would become another user, who may not write request bodies into our folder. */
const WORKER_USER = process.getuid?.() === 0 ? "user root;" : "";

export const nginx: Peer = {
  name: "nginx",
  version: nginxVersion,
  install: "apt install nginx",
  warmUp: 5000,
  prepare: (settings) => prepare(settings, TUNED),
};

/** nginx as most people run it: its default buffers. */
export const nginxPlain: Peer = {
  name: "nginx-plain",
  version: nginxVersion,
  install: "apt install nginx",
  usual: ["get-64k", "get-1m", "post-64k"],
  warmUp: 5000,
  prepare: (settings) => prepare(settings, ""),
};

function nginxVersion(): Promise<string | undefined> {
  return versionOf(["nginx", "-v"], /nginx\/(\S+)/);
}

function prepare({ port, origins, routes, folder }: PeerSettings, buffers: string): PeerCommand {
  const config = join(folder, "nginx.conf");
  const log = join(folder, "access.log");
  const temporary = join(folder, "temporary");
  mkdirSync(temporary);
  writeFileSync(
    config,
    `${WORKER_USER} worker_processes 1; daemon off; pid ${folder}/pid; error_log ${folder}/error.log; worker_rlimit_nofile 20000;
events { worker_connections 16384; }
http {
  client_body_temp_path ${temporary}/body; proxy_temp_path ${temporary}/proxy; fastcgi_temp_path ${temporary}/fastcgi;
  uwsgi_temp_path ${temporary}/uwsgi; scgi_temp_path ${temporary}/scgi;
  keepalive_requests 1000000000; keepalive_timeout 600s; client_max_body_size 0;
  log_format timed '$remote_addr [$time_local] "$request" $status $body_bytes_sent $request_time $upstream_addr '
    '$upstream_connect_time $upstream_header_time $upstream_response_time $request_id';
  access_log ${log} timed buffer=256k flush=1s;
  upstream origin {
    least_conn;
    ${origins.map((origin) => `server 127.0.0.1:${origin};`).join(" ")}
    keepalive 600; keepalive_requests 1000000000; keepalive_timeout 600s;
  }
  proxy_http_version 1.1; ${buffers}
  proxy_set_header Connection ""; proxy_set_header Host $host; proxy_set_header Via "1.1 nginx";
  proxy_set_header X-Real-IP $remote_addr; proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
  proxy_set_header X-Forwarded-Proto $scheme; proxy_set_header X-Forwarded-Host $http_host;
  proxy_set_header X-Request-ID $request_id;
  add_header Via "1.1 nginx";
  server {
    listen 127.0.0.1:${port} backlog=4096;
${routePrefixes(routes)
  .map((prefix) => `    location ${prefix} { proxy_pass http://origin; }`)
  .join("\n")}
    location / { proxy_pass http://origin; }
  }
}
`,
  );
  return { argv: ["nginx", "-e", join(folder, "error.log"), "-c", config], logs: [log] };
}
