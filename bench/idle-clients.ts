/**
 * The clients of idle.ts: opens COUNT connections to PORT, sends one request on each, reads its reply, says "ready"
 * when all were answered, and then keeps them open. Ends with code 1 as soon as one of them is closed.
 */
import { argv } from "node:process";

const port = Number(argv[2]);
const count = Number(argv[3]);
/** Opened at the same time: less than any peer's backlog. */
const BATCH = 100;
const REQUEST = Buffer.from(`GET / HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n\r\n`);
const BODY = 1024;

interface Client {
  received: number;
  answered: () => void;
}

function fail(message: string): never {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}

async function openOne(): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  await Bun.connect<Client>({
    hostname: "127.0.0.1",
    port,
    data: { received: 0, answered: resolve },
    socket: {
      open: (socket) => {
        socket.write(REQUEST);
      },
      data: (socket, bytes) => {
        // The head is a few hundred bytes: more than the body has come, and then nothing more for 1 KiB replies.
        socket.data.received += bytes.length;
        if (socket.data.received > BODY) socket.data.answered();
      },
      close: () => fail("a connection was closed by the peer"),
      error: (_socket, error) => fail(error.message),
      connectError: (_socket, error) => fail(error.message),
    },
  });
  await promise;
}

for (let opened = 0; opened < count; opened += BATCH) {
  await Promise.all(Array.from({ length: Math.min(BATCH, count - opened) }, openOne));
}
process.stdout.write("ready\n");
setInterval(() => undefined, 60_000);
