import type { Dialogue } from "./dialogue.ts";

export const ASK: readonly string[] = [
  "GET /ws HTTP/1.1",
  "Host: h",
  "Connection: Upgrade",
  "Upgrade: websocket",
  "",
  "",
];
export const SWITCH: readonly string[] = [
  "HTTP/1.1 101 Switching Protocols",
  "Connection: Upgrade",
  "Upgrade: websocket",
  "",
  "",
];

/** The client asks for a tunnel, and gets it. */
export function openTunnel({ client, upstream }: Dialogue): void {
  client.says(...ASK);
  upstream.gets(...ASK);
  upstream.says(...SWITCH);
  client.gets(...SWITCH);
}
