import { createServer, type AddressInfo, type Server, type Socket } from "node:net";

import { poll } from "./poll.ts";

/** One request as the origin received it. */
export interface Received {
  readonly head: string;
  readonly method: string;
  readonly path: string;
  /** The body as it stood on the wire, chunk framing included. */
  readonly wire: string;
  readonly socket: Socket;
  /** Of the connection, counted from 1. */
  readonly connection: number;
  /** Of the request on its connection, counted from 1. */
  readonly sequence: number;
}

export type Answer = (request: Received) => unknown;

export interface Origin {
  readonly port: number;
  readonly address: string;
  /** Whole requests, in the order they came. */
  readonly requests: Received[];
  /** Heads, also of requests whose body never came whole. */
  readonly heads: Received[];
  /** The newest head with exactly this path; waits for it. */
  head(path: string): Promise<Received>;
  /** Whole requests with exactly this path. */
  countOf(path: string): number;
  /** Connections accepted so far. */
  readonly connections: () => number;
  readonly sockets: Set<Socket>;
  stop(): Promise<void>;
}

/**
 * A server that reads requests by hand and answers by a script, so that it can do what no library would.
 * `onHead` may answer before the body has come. `port` 0: a free one.
 */
export async function startOrigin(answer: Answer, onHead?: Answer, port = 0): Promise<Origin> {
  let connections = 0;
  const requests: Received[] = [];
  const heads: Received[] = [];
  const sockets = new Set<Socket>();
  const server: Server = createServer({ noDelay: true, allowHalfOpen: true }, (socket) => {
    const connection = ++connections;
    let sequence = 0;
    let pending = "";
    let announced = false;
    let raw = false;
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => {});
    socket.on("end", () => socket.end());
    socket.on("data", (bytes: Buffer) => {
      if (raw) return;
      pending += bytes.latin1Slice();
      for (;;) {
        const headEnd = pending.indexOf("\r\n\r\n");
        if (headEnd < 0) return;
        const head = pending.slice(0, headEnd + 4);
        const [method = "", path = ""] = head.split(" ");
        const make = (wire: string): Received => ({
          head,
          method,
          path,
          wire,
          socket,
          connection,
          sequence: sequence + 1,
        });
        if (!announced) {
          announced = true;
          const received = make("");
          heads.push(received);
          onHead?.(received);
        }
        const end = messageEnd(pending, headEnd + 4, head);
        if (end < 0) return;
        const request = make(pending.slice(headEnd + 4, end));
        sequence++;
        announced = false;
        pending = pending.slice(end);
        requests.push(request);
        answer(request);
        // Whoever listens for a tunnel's bytes has switched protocols.
        if (socket.listenerCount("tunnel") > 0) {
          raw = true;
          if (pending !== "") socket.emit("tunnel", Buffer.from(pending, "latin1"));
          socket.on("data", (more: Buffer) => socket.emit("tunnel", more));
          return;
        }
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  const bound = (server.address() as AddressInfo).port;
  return {
    port: bound,
    address: `127.0.0.1:${bound}`,
    requests,
    heads,
    head: async (path) => {
      const find = (): Received | undefined => heads.findLast((received) => received.path === path);
      await poll(() => find() !== undefined);
      const received = find();
      if (received === undefined) throw new Error(`no request for ${path} came`);
      return received;
    },
    countOf: (path) => requests.filter((request) => request.path === path).length,
    connections: () => connections,
    sockets,
    stop: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => resolve());
      }),
  };
}

function messageEnd(text: string, bodyStart: number, head: string): number {
  const length = /\r\ncontent-length: *(\d+)/i.exec(head);
  if (length !== null) {
    const end = bodyStart + Number(length[1]);
    return text.length >= end ? end : -1;
  }
  if (!/\r\ntransfer-encoding: *chunked/i.test(head)) return bodyStart;
  for (let at = bodyStart; ;) {
    const lineEnd = text.indexOf("\r\n", at);
    if (lineEnd < 0) return -1;
    const size = Number.parseInt(text.slice(at, lineEnd), 16);
    if (size > 0) {
      at = lineEnd + 2 + size + 2;
      if (at > text.length) return -1;
      continue;
    }
    if (text.startsWith("\r\n", lineEnd + 2)) return lineEnd + 4;
    const trailersEnd = text.indexOf("\r\n\r\n", lineEnd);
    return trailersEnd < 0 ? -1 : trailersEnd + 4;
  }
}

/** Answers 200 with this body. */
export function ok(request: Received, body: string, fields = ""): void {
  const content = request.method === "HEAD" ? "" : body;
  request.socket.write(
    Buffer.from(`HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n${fields}\r\n${content}`, "latin1"),
  );
}

/** Answers 200 with the request as it came, head and body. */
export function echo(request: Received): void {
  ok(
    request,
    `${request.head}|${request.wire}`,
    `X-Connection: ${request.connection}\r\nX-Sequence: ${request.sequence}\r\n`,
  );
}

/** The edge has closed the connection on which this request came. */
export function isFreed({ socket }: Received): Promise<boolean> {
  return poll(() => socket.destroyed || socket.readableEnded);
}

/** An address where nobody listens: a connect is refused at once. */
export async function deadAddress(): Promise<string> {
  const origin = await startOrigin(() => {});
  await origin.stop();
  return origin.address;
}
