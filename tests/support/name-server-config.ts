/** What the configs of other people's name servers have in common, whatever a test is about: no privileges, no port but its own. */

/** Lines of NSD's `server:`, and that it takes no commands. */
export function nsdServer(port: number, folder: string, more: readonly string[]): string {
  const lines = [
    `ip-address: 127.0.0.1@${port}`,
    `port: ${port}`,
    'username: ""',
    "server-count: 1",
    `zonesdir: ${folder}`,
    'database: ""',
    `zonelistfile: ${folder}/zone.list`,
    `xfrdfile: ${folder}/xfrd.state`,
    `xfrdir: ${folder}`,
    'pidfile: ""',
    "rrl-ratelimit: 0",
    ...more,
  ];
  return `server:\n${indented(lines)}remote-control:\n  control-enable: no\n`;
}

/** Knot's `server:`, `database:` and `log:`; the folder `run` in `folder` must be there. */
export function knotServer(port: number, folder: string, log: "info" | "warning", more: readonly string[]): string {
  const lines = [
    `listen: 127.0.0.1@${port}`,
    `rundir: ${folder}/run`,
    "udp-workers: 1",
    "tcp-workers: 1",
    "background-workers: 1",
    ...more,
  ];
  return `server:\n${indented(lines)}database:\n  storage: ${folder}/run\nlog:\n  - target: stderr\n    any: ${log}\n`;
}

function indented(lines: readonly string[]): string {
  return lines.map((line) => `  ${line}\n`).join("");
}
