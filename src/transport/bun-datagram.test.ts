import { describe, expect, test } from "bun:test";
import type { DatagramPeer, DatagramSocket } from "../contract/datagram.ts";
import { BunDatagramSocket, type UdpSocket } from "./bun-datagram.ts";

/** A socket that takes at most `most` answers a call, and none for `refused`; each of `errors` makes one call fail. */
class FakeSocket {
  readonly hostname = "127.0.0.1";
  readonly port = 53;
  /** "address:port id", in the order in which they went out. */
  readonly sent: string[] = [];
  most = Infinity;
  errors = 0;
  refused = "";

  sendMany(packets: ReadonlyArray<Uint8Array | number | string>): number {
    if (this.errors > 0) {
      this.errors--;
      throw new Error("ECONNREFUSED");
    }
    let count = 0;
    for (let index = 0; index < packets.length && count < this.most; index += 3) {
      const [bytes, port, address] = packets.slice(index, index + 3) as [Uint8Array, number, string];
      if (address === this.refused) {
        if (count === 0) throw new Error("ENETUNREACH");
        return count;
      }
      this.sent.push(`${address}:${port} ${bytes[1]}`);
      count++;
    }
    return count;
  }

  close(): void {}
}

async function run(prepare: (socket: FakeSocket) => void, count = 5): Promise<{ sent: string[]; unsent: number }> {
  const handler = {
    onDatagram(bytes: Uint8Array, start: number, end: number, peer: DatagramPeer, datagrams: DatagramSocket): void {
      datagrams.send(bytes, start, end, peer);
    },
  };
  const datagrams = new BunDatagramSocket("127.0.0.1", handler, 2_048);
  const socket = new FakeSocket();
  prepare(socket);
  datagrams.adopt(socket as unknown as UdpSocket);
  for (let id = 0; id < count; id++) {
    datagrams.onDatagram(Uint8Array.of(0, id & 0xff), 1_000 + id, `192.0.2.${id % 250}`);
  }
  expect(count > 256 || socket.sent.length === 0).toBe(true);
  await new Promise((resolve) => setImmediate(resolve));
  return { sent: socket.sent, unsent: datagrams.unsent };
}

const ALL = Array.from({ length: 5 }, (_, id) => `192.0.2.${id}:${1_000 + id} ${id}`);

describe("a datagram socket over Bun's", () => {
  test("sends what came together by one call, each to its client", async () => {
    expect(await run(() => {})).toEqual({ sent: ALL, unsent: 0 });
  });

  test("sends the rest when only some were taken", async () => {
    expect(await run((socket) => (socket.most = 2))).toEqual({ sent: ALL, unsent: 0 });
  });

  test("errors that clients before have left at the socket cost nobody an answer", async () => {
    expect(await run((socket) => (socket.errors = 7))).toEqual({ sent: ALL, unsent: 0 });
  });

  test("an answer that cannot be sent does not keep back those behind it", async () => {
    for (const id of [0, 2, 4]) {
      const wanted = ALL.filter((_, index) => index !== id);
      expect(await run((socket) => (socket.refused = `192.0.2.${id}`))).toEqual({ sent: wanted, unsent: 1 });
    }
  });

  test("more than one batch", async () => {
    const { sent, unsent } = await run(() => {}, 1_000);
    expect([sent.length, unsent]).toEqual([1_000, 0]);
    expect(sent.every((line, id) => line.endsWith(` ${id & 0xff}`))).toBe(true);
  });
});
