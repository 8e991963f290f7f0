import { afterEach, describe, expect, test } from "bun:test";
import { createServer, type Server, type Socket } from "node:net";
import type { AddressInfo } from "node:net";
import type { MessageStream } from "./message-stream.ts";
import { TransferError } from "./record-reader.ts";
import { dialTcp } from "./tcp-message-stream.ts";

let server: Server | null = null;
let stream: MessageStream | null = null;

afterEach(() => {
  stream?.close();
  server?.close();
});

const TIMEOUTS = { connect: 1_000, idle: 1_000 };

async function dial(serve: (socket: Socket) => void, timeouts = TIMEOUTS): Promise<MessageStream> {
  const listening = createServer((socket) => {
    socket.on("error", () => undefined);
    serve(socket);
  });
  server = listening;
  await new Promise<void>((resolve) => listening.listen(0, "127.0.0.1", resolve));
  const { port } = listening.address() as AddressInfo;
  stream = await dialTcp(timeouts)({ address: "127.0.0.1", port, key: null });
  return stream;
}

function framed(...messages: readonly Uint8Array[]): Buffer {
  return Buffer.concat(messages.flatMap((message) => [Uint8Array.of(message.length >> 8, message.length), message]));
}

describe("messages over TCP", () => {
  test("come whole, however they are cut", async () => {
    const messages = [Uint8Array.of(1, 2, 3), new Uint8Array(0), new Uint8Array(65_535).fill(7), Uint8Array.of(9)];
    const bytes = framed(...messages);
    for (const size of [1, 2, 1_000, 65_537, bytes.length]) {
      const drip = async (socket: Socket): Promise<void> => {
        for (let at = 0; at < bytes.length; at += size) {
          if (at < 8 || size > 900) socket.write(bytes.subarray(at, at + size));
          else {
            socket.write(bytes.subarray(at));
            break;
          }
          await Bun.sleep(0);
        }
        socket.end();
      };
      const client = await dial((socket) => void drip(socket));
      for (const message of messages) expect(Buffer.compare(await client.receive(), message)).toBe(0);
      await expect(client.receive()).rejects.toThrow("the connection was closed");
      server?.close();
    }
  });

  test("are sent behind their length", async () => {
    const client = await dial((socket) => socket.pipe(socket));
    client.send(Uint8Array.of(4, 5));
    client.send(new Uint8Array(300).fill(1));
    expect([...(await client.receive())]).toEqual([4, 5]);
    expect(await client.receive()).toHaveLength(300);
  });

  test("a server that says nothing is given up", async () => {
    const silent = await dial(() => undefined, { connect: 1_000, idle: 30 });
    await expect(silent.receive()).rejects.toThrow("nothing came for 30 ms");
  });

  test("what is not read is not taken without end", async () => {
    let written = 0;
    const client = await dial((socket) => {
      const message = framed(new Uint8Array(60_000));
      const more = (): void => {
        while (written < 4_000 && socket.write(message)) written++;
      };
      socket.on("drain", more);
      more();
    });
    await Bun.sleep(150);
    const before = written;
    await Bun.sleep(50);
    expect(written).toBe(before);
    expect(written).toBeLessThan(1_000);
    for (let count = 0; count < 100; count++) await client.receive();
    await Bun.sleep(20);
    expect(written).toBeGreaterThan(before);
  });

  test("a port without a server, and a close, are told", async () => {
    await dial(() => undefined);
    const { port } = server!.address() as AddressInfo;
    stream!.close();
    await expect(stream!.receive()).rejects.toThrow(TransferError);
    await new Promise((resolve) => server!.close(resolve));
    await expect(dialTcp(TIMEOUTS)({ address: "127.0.0.1", port, key: null })).rejects.toThrow("no connection");
  });
});
