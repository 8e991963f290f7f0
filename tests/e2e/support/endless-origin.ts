/**
 * An origin for bodies of any size, a process of its own; says `port N`.
 * `GET /download/LENGTH` sends that much of the endless body as fast as it is taken; `POST /upload` checks what comes
 * against it and answers the number of bytes, or where they differed; `POST /slow/MILLISECONDS` reads nothing of the
 * body for that long, then the rest; `/count` answers how many bytes the last download has handed to the kernel.
 */
import { endless, isEndless } from "./content.ts";

const PIECE = 262_144;

interface Connection {
  pending: string;
  /** Bytes of a download still to be written, and the position. */
  left: number;
  position: number;
  /** Bytes of an upload still to come; the head has been read. -1: no upload. */
  expected: number;
  received: number;
  differs: number;
}

let sent = 0;

const server = Bun.listen<Connection>({
  hostname: "127.0.0.1",
  port: 0,
  allowHalfOpen: false,
  socket: {
    open(socket) {
      socket.data = { pending: "", left: 0, position: 0, expected: -1, received: 0, differs: -1 };
    },
    data(socket, bytes) {
      const connection = socket.data;
      if (connection.expected >= 0) {
        take(socket, bytes);
        return;
      }
      connection.pending += bytes.latin1Slice();
      const end = connection.pending.indexOf("\r\n\r\n");
      if (end < 0) return;
      const head = connection.pending.slice(0, end);
      const body = Buffer.from(connection.pending.slice(end + 4), "latin1");
      connection.pending = "";
      begin(socket, head, body);
    },
    drain: pump,
    error: () => {},
  },
});
process.stdout.write(`port ${server.port}\n`);
process.stdin.resume();
process.stdin.on("end", () => process.exit(0));

type Socket = Bun.Socket<Connection>;

function begin(socket: Socket, head: string, body: Buffer): void {
  const connection = socket.data;
  const [, kind = "", argument = ""] = /^\w+ \/(\w+)\/?(\d*)/.exec(head) ?? [];
  if (kind === "download") {
    connection.left = Number(argument);
    connection.position = sent = 0;
    socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${argument}\r\n\r\n`);
    pump(socket);
  } else if (kind === "count") {
    answer(socket, String(sent));
  } else {
    // Chunked ones are for bodies that never end.
    connection.expected = Number(/\r\ncontent-length: *(\d+)/i.exec(head)?.[1] ?? Infinity);
    connection.received = 0;
    connection.differs = -1;
    if (kind === "slow") {
      socket.pause();
      setTimeout(() => socket.resume(), Number(argument));
    }
    take(socket, body);
  }
}

function pump(socket: Socket): void {
  const connection = socket.data;
  while (connection.left > 0) {
    const piece = endless(connection.position, Math.min(PIECE, connection.left));
    const taken = socket.write(piece);
    if (taken <= 0) return;
    connection.position += taken;
    connection.left -= taken;
    sent += taken;
    if (taken < piece.length) return;
  }
}

function take(socket: Socket, bytes: Buffer): void {
  const connection = socket.data;
  if (connection.differs < 0 && !isEndless(bytes, connection.received)) connection.differs = connection.received;
  connection.received += bytes.length;
  if (connection.received < connection.expected) return;
  connection.expected = -1;
  answer(socket, connection.differs < 0 ? `${connection.received} bytes` : `different after ${connection.differs}`);
}

function answer(socket: Socket, text: string): void {
  socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${text.length}\r\n\r\n${text}`);
}
