import { barChart } from "./chart.ts";
import { markdownTable, number, plainTable, thousands } from "./format.ts";
import type { BenchResult } from "./results.ts";

export interface IdlePeer {
  peer: string;
  version: string;
  /** Resident memory in bytes before the connections are opened, after a warm-up. */
  before: number;
  /** The same while all of them are open and idle. */
  after: number;
}

export interface IdleResult {
  kind: "idle";
  name: string;
  at: string;
  machine: BenchResult["machine"];
  connections: number;
  peers: IdlePeer[];
  warnings: string[];
}

const HEAD = ["peer", "bytes per connection", "MiB before", "MiB with them"];

export function bytesPerConnection(result: IdleResult, peer: IdlePeer): number {
  return (peer.after - peer.before) / result.connections;
}

function rows(result: IdleResult): string[][] {
  return result.peers.map((peer) => [
    peer.peer,
    thousands(bytesPerConnection(result, peer)),
    number(peer.before / 2 ** 20),
    number(peer.after / 2 ** 20),
  ]);
}

export function terminalIdle(result: IdleResult): string {
  return `\n${thousands(result.connections)} idle keep-alive connections\n${plainTable(HEAD, rows(result))}\n`;
}

export function markdownIdle(result: IdleResult): string {
  return [
    `## ${result.name}: ${thousands(result.connections)} idle keep-alive connections`,
    "",
    `${result.at}, ${result.machine.cpu}, Linux ${result.machine.kernel}. Each connection has sent one request. ` +
      "Resident memory of the process and its children; the kernel's socket memory is not in it.",
    "",
    result.peers.map((peer) => `${peer.peer} ${peer.version}`).join(" · "),
    "",
    `![Memory per idle connection](${result.name}.svg)`,
    "",
    markdownTable(HEAD, rows(result)),
    "",
    ...result.warnings.map((warning) => `- ${warning}`),
    "",
  ].join("\n");
}

export function idleChart(result: IdleResult): string {
  const kib = result.peers.map((peer) => ({
    label: peer.peer,
    value: bytesPerConnection(result, peer) / 1024,
    highlight: peer.peer.startsWith("roundtrip"),
  }));
  const total = result.peers.map((peer) => ({
    label: peer.peer,
    value: peer.after / 2 ** 20,
    highlight: peer.peer.startsWith("roundtrip"),
  }));
  return barChart(
    "Memory of idle connections",
    `${thousands(result.connections)} keep-alive connections, ${result.at}`,
    [
      { title: "KiB per connection", bars: kib },
      { title: "MiB in all", bars: total },
    ],
  );
}
