/**
 * An origin of the stress test, a process of its own: `bun origin.ts '{"index":0}'`; says `port N` when it listens.
 * The path says what it does (`/get/SEED/LENGTH`), the seed what the body is and every random decision.
 */
import { createServer, type AddressInfo, type Socket } from "node:net";
import { content } from "../e2e/support/content.ts";
import { Dice } from "./dice.ts";
import { ORIGINS } from "./requests.ts";
import { RequestReader, type OriginRequest } from "./request-reader.ts";

const { index } = JSON.parse(process.argv[2] ?? "{}") as { index: number };
/** Seeds whose first try was cut off. */
const cut = new Set<number>();

/** What is under way on each connection. */
const underWay = new Map<Socket, OriginRequest>();

const server = createServer({ noDelay: true, allowHalfOpen: true }, (socket) => {
  socket.on("error", () => {});
  socket.on("close", () => underWay.delete(socket));
  const reader = new RequestReader(
    (request) => void onHead(socket, request),
    (request) => void onComplete(socket, request),
  );
  socket.on("data", (bytes: Buffer) => {
    const problem = reader.read(bytes);
    if (problem !== null) {
      process.stderr.write(`origin ${index}: ${problem}\n`);
      socket.destroy();
    }
  });
  socket.on("end", () => socket.end());
});
server.listen(0, "127.0.0.1", () => {
  process.stdout.write(`port ${(server.address() as AddressInfo).port}\n`);
});
// Something stands still: what do we know of it?
process.on("SIGUSR2", () => {
  for (const [socket, request] of underWay) {
    const { method, kind, seed, length, received, complete } = request;
    if (complete && socket.writableLength === 0) continue;
    process.stdout.write(
      `under way at origin ${index}, edge's port ${socket.remotePort}: ${method} ${kind}/${seed}/${length}, ${received} received, ` +
        `${complete ? "complete" : "incomplete"}, ${socket.writableLength} to be written, paused ${socket.isPaused()}\n`,
    );
  }
});
process.stdin.resume();
process.stdin.on("end", () => process.exit(0));

/** What is done before the body has come. */
async function onHead(socket: Socket, request: OriginRequest): Promise<void> {
  const { kind, seed, length } = request;
  underWay.set(socket, request);
  if (kind === "early") {
    const head = `HTTP/1.1 403 Forbidden\r\nX-Seed: ${seed}\r\nContent-Length: ${length}\r\n\r\n`;
    socket.write(Buffer.concat([Buffer.from(head), content(seed, length)]));
    request.answered = true;
  } else if (kind === "cut-upload") {
    // Without an answer, in the middle of what is coming.
    await Bun.sleep(new Dice(seed).between(0, 30));
    request.answered = true;
    if (new Dice(seed + 1).chance(0.5)) socket.end();
    else socket.resetAndDestroy();
  } else if (kind === "slow-upload") {
    const dice = new Dice(seed);
    for (let pauses = dice.between(1, 4); pauses > 0; pauses--) {
      socket.pause();
      await Bun.sleep(dice.between(1, 60));
      socket.resume();
      await Bun.sleep(dice.between(1, 10));
    }
  }
}

async function onComplete(socket: Socket, request: OriginRequest): Promise<void> {
  if (request.answered) return;
  const { kind, seed, length } = request;
  const dice = new Dice(seed);
  switch (kind) {
    case "get":
    case "hangup": {
      plain(socket, request, content(seed, length));
      // Unannounced: the edge learns by a FIN that the connection it kept is of no use any more.
      if (kind === "hangup") setTimeout(() => underWay.get(socket) === request && socket.end(), dice.between(0, 10));
      return;
    }
    case "flaky": {
      if (seed % ORIGINS === index && !cut.has(seed)) {
        cut.add(seed);
        socket.destroy();
        return;
      }
      plain(socket, request, content(seed, length));
      return;
    }
    case "chunked":
      await chunked(socket, request, dice, 0);
      return;
    case "slow":
      await chunked(socket, request, dice, 20);
      return;
    case "truncate": {
      const head = Buffer.from(`HTTP/1.1 200 OK\r\nX-Seed: ${seed}\r\nContent-Length: ${length}\r\n\r\n`);
      socket.write(Buffer.concat([head, content(seed, length).subarray(0, dice.between(0, length - 1))]));
      if (dice.chance(0.5)) socket.end();
      else setTimeout(() => socket.resetAndDestroy(), dice.between(0, 20));
      return;
    }
    case "until-close":
      socket.end(Buffer.concat([Buffer.from(`HTTP/1.1 200 OK\r\nX-Seed: ${seed}\r\n\r\n`), content(seed, length)]));
      return;
    case "not-modified":
      socket.write(`HTTP/1.1 304 Not Modified\r\nX-Seed: ${seed}\r\nETag: "x"\r\nContent-Length: ${length}\r\n\r\n`);
      return;
    case "cut-upload":
      return;
    case "upload":
    case "slow-upload": {
      const verdict = request.received === length ? request.verdict : `${request.received} bytes instead of ${length}`;
      plain(socket, request, Buffer.from(verdict));
      return;
    }
    default:
      plain(socket, request, Buffer.from(`unknown kind ${kind}`));
  }
}

function plain(socket: Socket, request: OriginRequest, body: Buffer): void {
  const head = Buffer.from(`HTTP/1.1 200 OK\r\nX-Seed: ${request.seed}\r\nContent-Length: ${body.length}\r\n\r\n`);
  socket.write(request.method === "HEAD" ? head : Buffer.concat([head, body]));
}

/** Chunks of random sizes, torn into writes that have nothing to do with them, with pauses of up to `pause` ms. */
async function chunked(socket: Socket, request: OriginRequest, dice: Dice, pause: number): Promise<void> {
  const { seed, length } = request;
  const body = content(seed, length);
  const pieces: Buffer[] = [
    Buffer.from(`HTTP/1.1 200 OK\r\nX-Seed: ${seed}\r\nTransfer-Encoding: chunked\r\nTrailer: X-End\r\n\r\n`),
  ];
  if (request.method === "HEAD") {
    socket.write(pieces[0]!);
    return;
  }
  let at = 0;
  for (const size of dice.split(length, 40_000)) {
    const extension = dice.chance(0.1) ? ";a=b" : "";
    pieces.push(Buffer.from(`${size.toString(16)}${extension}\r\n`), body.subarray(at, at + size), Buffer.from("\r\n"));
    at += size;
  }
  pieces.push(Buffer.from(`0\r\n${dice.chance(0.5) ? `X-End: ${seed}\r\n` : ""}\r\n`));
  const wire = Buffer.concat(pieces);
  at = 0;
  for (const size of dice.split(wire.length, pause > 0 ? Math.ceil(wire.length / 8) : 150_000)) {
    if (socket.destroyed) return;
    const taken = socket.write(wire.subarray(at, at + size));
    at += size;
    if (!taken) await drained(socket);
    else if (pause > 0) await Bun.sleep(dice.between(0, pause));
    else if (dice.chance(0.1)) await Bun.sleep(0);
  }
}

function drained(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      socket.off("drain", done);
      socket.off("close", done);
      resolve();
    };
    socket.on("drain", done);
    socket.on("close", done);
  });
}
