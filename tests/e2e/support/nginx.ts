/** A real nginx from a config of its own in a folder of its own, in the foreground. */
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { start, until, type Running } from "./processes.ts";

export interface Nginx extends Running {
  readonly port: number;
  /** "127.0.0.1:port" */
  readonly address: string;
  /** Served at `/`. */
  readonly root: string;
}

export interface NginxOptions {
  readonly port: number;
  /** Files below the root, by path. */
  readonly files?: Readonly<Record<string, string | Uint8Array>>;
  /** Directives in the `server` block. */
  readonly server?: string;
  /** Directives in the `http` block. */
  readonly http?: string;
  readonly workerConnections?: number;
  /** Runs before it in its shell, e.g. "ulimit -n 20000". */
  readonly shell?: string;
}

/** `nginx`: the program's path. One process (`master_process off`), so that one signal reaches all of it. */
export async function startNginx(nginx: string, options: NginxOptions): Promise<Nginx> {
  const folder = mkdtempSync(join(tmpdir(), "roundtrip-nginx-"));
  chmodSync(folder, 0o755);
  const root = join(folder, "root");
  mkdirSync(root);
  for (const [path, content] of Object.entries(options.files ?? {})) writeFileSync(join(root, path), content);
  const config = join(folder, "nginx.conf");
  writeFileSync(config, nginxConfig(folder, root, options));
  const command = [nginx, "-c", config, "-p", folder, "-e", "stderr"];
  const { shell } = options;
  const running = start(command, shell === undefined ? {} : { shell });
  const nginxProcess = {
    ...running,
    port: options.port,
    address: `127.0.0.1:${options.port}`,
    root,
    async stop() {
      await running.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
  try {
    await until(`nginx accepts on ${options.port}`, () => {
      if (running.over()) throw new Error(`nginx ended:\n${running.said()}`);
      return accepts(options.port);
    });
    return nginxProcess;
  } catch (error) {
    await nginxProcess.stop();
    throw error;
  }
}

function nginxConfig(folder: string, root: string, options: NginxOptions): string {
  const folders = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
  return `
daemon off;
master_process off;
pid ${folder}/nginx.pid;
error_log stderr crit;
events { worker_connections ${options.workerConnections ?? 1024}; }
http {
  access_log off;
  ${folders.map((name) => `${name}_temp_path ${folder}/${name};`).join("\n  ")}
  types { text/plain txt; text/html html; application/octet-stream bin; }
  keepalive_requests 1000000;
  keepalive_timeout 60s;
  client_max_body_size 0;
  ${options.http ?? ""}
  server {
    listen 127.0.0.1:${options.port} backlog=4096;
    root ${root};
    ${options.server ?? ""}
  }
}
`;
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: "127.0.0.1", port });
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}
