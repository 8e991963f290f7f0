/**
 * The origin and the constant-rate loader, compiled on the spot; nginx stands in for the origin without a C compiler.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { freePorts, run, start, temporaryFolder, waitForPort } from "./processes.ts";
import type { Running } from "./processes.ts";

export interface Origin {
  process: Running;
  ports: number[];
  kind: "origin.c" | "nginx";
}

/** Compiles bench/NAME.c; undefined when the machine has no `cc`. */
export async function compile(name: string): Promise<string | undefined> {
  if (Bun.which("cc") === null) return undefined;
  const binary = join(temporaryFolder(), name);
  await run(0, { argv: ["cc", "-O2", "-o", binary, join(import.meta.dir, "..", `${name}.c`)] });
  return binary;
}

export async function startOrigin(core: number, warn: (message: string) => void): Promise<Origin> {
  const ports = await freePorts(4);
  const binary = await compile("origin");
  if (binary === undefined) {
    warn("NO C COMPILER (cc): nginx is the origin, and rate-5000 cannot run. Figures do not compare with others.");
  }
  const process = start("origin", core, {
    argv: binary === undefined ? nginxOrigin(ports) : [binary, ...ports.map(String)],
  });
  await waitForPort(ports[0] ?? 0, process);
  return { process, ports, kind: binary === undefined ? "nginx" : "origin.c" };
}

function nginxOrigin(ports: readonly number[]): string[] {
  const folder = join(temporaryFolder(), "nginx-origin");
  const files = join(folder, "www");
  mkdirSync(files, { recursive: true });
  const line = `${"abcdefghijklmnopqrstuvwxyz".repeat(40).slice(0, 1023)}\n`;
  for (const [name, lines] of Object.entries({ "1k": 1, "20k": 20, "64k": 64, "1m": 1024 })) {
    writeFileSync(join(files, name), line.repeat(lines));
  }
  const config = join(folder, "nginx.conf");
  writeFileSync(
    config,
    `worker_processes 1; daemon off; pid ${folder}/pid; error_log ${folder}/error.log; worker_rlimit_nofile 16384;
events { worker_connections 8192; }
http {
  access_log off; keepalive_requests 1000000000; keepalive_timeout 600s; client_max_body_size 0;
  client_body_temp_path ${folder}/body; proxy_temp_path ${folder}/proxy; fastcgi_temp_path ${folder}/fastcgi;
  uwsgi_temp_path ${folder}/uwsgi; scgi_temp_path ${folder}/scgi;
  sendfile on; tcp_nopush on; open_file_cache max=100 inactive=600s; open_file_cache_valid 600s;
  server {
    ${ports.map((port) => `listen 127.0.0.1:${port} backlog=4096;`).join(" ")}
    root ${files};
    location = /20k {} location = /64k {} location = /1m {}
    location = /post { return 200 "ok\\n"; }
    location / { rewrite ^ /1k break; }
  }
}
`,
  );
  return ["nginx", "-e", join(folder, "error.log"), "-c", config];
}
