/**
 * Many connections that each ask once and then stay: `bun idle-clients.ts '{"port":…,"count":…}'`. Says `ready` when
 * all were answered, and `lost N` in the end (SIGTERM): how many the peer has closed.
 */
export interface IdleTask {
  readonly port: number;
  readonly count: number;
}

interface Client {
  received: string;
  answered: () => void;
}

const { port, count } = JSON.parse(process.argv[2] ?? "{}") as IdleTask;
const REQUEST = `GET /hello HTTP/1.1\r\nHost: e2e.test\r\n\r\n`;
/** Opened at the same time: less than any backlog. */
const BATCH = 200;

let lost = 0;

async function openOne(): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  await Bun.connect<Client>({
    hostname: "127.0.0.1",
    port,
    data: { received: "", answered: resolve },
    socket: {
      open: (socket) => void socket.write(REQUEST),
      data: (socket, bytes) => {
        socket.data.received += bytes.latin1Slice();
        if (!socket.data.received.endsWith("hello")) return;
        socket.data.received = "";
        socket.data.answered();
      },
      close: (socket) => {
        lost++;
        socket.data.answered();
      },
      error: () => {},
    },
  });
  await promise;
}

for (let opened = 0; opened < count; opened += BATCH) {
  await Promise.all(Array.from({ length: Math.min(BATCH, count - opened) }, openOne));
}
process.stdout.write("ready\n");
process.on("SIGTERM", () => process.stdout.write(`lost ${lost}\n`, () => process.exit(0)));
process.stdin.resume();
process.stdin.on("end", () => process.exit(0));
