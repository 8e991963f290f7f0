import { createServer } from "node:net";

/** Below Linux's ephemeral range (32768 and up), so that no client's connection can take the port in between. */
const FIRST = 20_000;
const COUNT = 12_000;

/** Ports of 127.0.0.1 for programs that cannot tell which one they were given. Chosen at random: tests run side by side. */
export async function freePorts(count: number): Promise<number[]> {
  const ports = new Set<number>();
  while (ports.size < count) {
    const port = FIRST + Math.floor(Math.random() * COUNT);
    if (!ports.has(port) && (await isFree(port))) ports.add(port);
  }
  return [...ports];
}

export async function freePort(): Promise<number> {
  const [port] = await freePorts(1);
  return port!;
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen({ host: "127.0.0.1", port }, () => server.close(() => resolve(true)));
  });
}
