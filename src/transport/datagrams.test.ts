/** What every datagram socket promises (contract/datagram.ts), asked of each of them. */
import { afterEach, describe, expect, spyOn, test } from "bun:test";
import { createSocket, type Socket } from "node:dgram";
import type { DatagramOptions, DatagramPeer, DatagramSocket } from "../contract/datagram.ts";
import type { Network } from "../contract/transport.ts";
import { bunNetwork } from "./bun-transport.ts";
import { epollNetwork } from "./epoll/epoll-network.ts";
import { standardError } from "./handler-failure.ts";
import { settle, until } from "./recorder-for-tests.ts";

const epoll = epollNetwork();
const networks: Array<[string, Network]> = [["bun", bunNetwork]];
if (typeof epoll !== "string") networks.push(["epoll", epoll]);

interface Heard {
  readonly text: string;
  readonly peer: DatagramPeer;
}

/** Sends back what comes, behind its own word. */
class Echo {
  readonly heard: Heard[] = [];
  count = 0;
  socket: DatagramSocket | null = null;
  answer: (bytes: Uint8Array, start: number, end: number, peer: DatagramPeer, socket: DatagramSocket) => void = (
    bytes,
    start,
    end,
    peer,
    socket,
  ) => {
    const length = end - start;
    const at = socket.reserve(length);
    for (let index = 0; index < length; index++) socket.out[at + index] = bytes[start + index]!;
    socket.commit(length, peer);
  };

  onDatagram(bytes: Uint8Array, start: number, end: number, peer: DatagramPeer, socket: DatagramSocket): void {
    this.count++;
    if (this.heard.length < 100) {
      this.heard.push({ text: Buffer.from(bytes.subarray(start, end)).toString("latin1"), peer: peer.keep() });
    }
    this.answer(bytes, start, end, peer, socket);
  }
}

/** A client of another make: `node:dgram`. */
class Client {
  readonly received: string[] = [];
  readonly from: string[] = [];
  readonly socket: Socket;

  constructor(family: 4 | 6 = 4) {
    this.socket = createSocket(family === 4 ? "udp4" : "udp6");
    this.socket.on("message", (bytes, { address }) => {
      this.received.push(bytes.toString("latin1"));
      this.from.push(address);
    });
    this.socket.on("error", () => {});
  }

  send(port: number, text: string | Uint8Array, host = "127.0.0.1"): Promise<void> {
    return new Promise((resolve) => {
      this.socket.send(text, port, host, () => resolve());
    });
  }
}

describe.each(networks)("%s", (name, network) => {
  const sockets: DatagramSocket[] = [];
  const clients: Client[] = [];

  async function bind(host = "127.0.0.1", options: DatagramOptions = {}): Promise<Echo & { socket: DatagramSocket }> {
    const echo = new Echo();
    const socket = await network.bindDatagram(host, 0, echo, options);
    sockets.push(socket);
    return Object.assign(echo, { socket });
  }

  function client(family: 4 | 6 = 4): Client {
    const made = new Client(family);
    clients.push(made);
    return made;
  }

  afterEach(() => {
    for (const socket of sockets.splice(0)) socket.stop();
    for (const { socket } of clients.splice(0)) socket.close();
  });

  test("an address in use is EADDRINUSE, one that is not ours EADDRNOTAVAIL", async () => {
    const { socket } = await bind();
    const taken = network.bindDatagram("127.0.0.1", socket.port, new Echo());
    expect(taken).rejects.toThrow(expect.objectContaining({ code: "EADDRINUSE" }));
    const foreign = network.bindDatagram("192.0.2.1", 0, new Echo());
    expect(foreign).rejects.toThrow(expect.objectContaining({ code: "EADDRNOTAVAIL" }));
  });

  test("a size that no datagram has is refused", () => {
    for (const largest of [0, 65_536, 1.5]) {
      expect(network.bindDatagram("127.0.0.1", 0, new Echo(), { largest })).rejects.toThrow(RangeError);
    }
  });

  test.each([
    ["127.0.0.1", 4],
    ["::1", 6],
  ] as const)("says who sent a datagram, and answers: %s", async (host, family) => {
    const echo = await bind(host);
    const one = client(family);
    await one.send(echo.socket.port, "hello", host);
    await until(() => one.received.length === 1);
    expect(one.received).toEqual(["hello"]);
    expect(echo.heard[0]!.text).toBe("hello");
    expect(echo.heard[0]!.peer.address).toBe(host);
    expect(echo.heard[0]!.peer.port).toBe(one.socket.address().port);
  });

  test("each of many gets its own answers, in order, beyond one batch", async () => {
    const echo = await bind("127.0.0.1", { buffer: 4 << 20 });
    const all = Array.from({ length: 10 }, () => client());
    await Promise.all(
      all.flatMap((one, at) => Array.from({ length: 40 }, (_, index) => one.send(echo.socket.port, `${at}.${index}`))),
    );
    await until(() => all.every(({ received }) => received.length === 40));
    for (const [at, { received }] of all.entries()) {
      expect(received).toEqual(Array.from({ length: 40 }, (_, index) => `${at}.${index}`));
    }
    expect(echo.socket.unsent).toBe(0);
  });

  test("an empty datagram is one, both ways", async () => {
    const echo = await bind();
    const one = client();
    await one.send(echo.socket.port, "");
    await until(() => one.received.length === 1);
    expect(one.received).toEqual([""]);
  });

  test("as large as they can be, and several together", async () => {
    const echo = await bind("127.0.0.1", { largest: 65_535, buffer: 4 << 20 });
    const one = client();
    const bytes = Buffer.alloc(65_507, "x");
    for (let count = 1; count <= 5; count++) {
      await one.send(echo.socket.port, bytes);
      await until(() => one.received.length === count);
    }
    expect(one.received.every((text) => text.length === 65_507)).toBeTrue();
    expect(() => echo.socket.reserve(65_508)).toThrow(RangeError);
  });

  test("one longer than asked for is dropped and counted; those around it are not", async () => {
    const echo = await bind("127.0.0.1", { largest: 100 });
    const one = client();
    await one.send(echo.socket.port, "a".repeat(100));
    await one.send(echo.socket.port, "b".repeat(101));
    await one.send(echo.socket.port, "c");
    await until(() => one.received.length === 2);
    expect(one.received).toEqual(["a".repeat(100), "c"]);
    expect(echo.socket.tooLong).toBe(1);
  });

  test("an answer later, to a peer that was kept, by a copy", async () => {
    const echo = await bind();
    echo.answer = () => {};
    const first = client();
    const second = client();
    await first.send(echo.socket.port, "1");
    await second.send(echo.socket.port, "2");
    await until(() => echo.count === 2);
    await settle();
    for (const { text, peer } of echo.heard) {
      const bytes = Buffer.from(`<late ${text}>`);
      echo.socket.send(bytes, 1, bytes.length - 1, peer);
      bytes.fill(0);
    }
    await until(() => first.received.length + second.received.length === 2);
    expect([first.received, second.received]).toEqual([["late 1"], ["late 2"]]);
  });

  test("speaks first, to an address", async () => {
    const { socket } = await bind();
    const one = client();
    await new Promise<void>((resolve) => {
      one.socket.bind(0, "127.0.0.1", resolve);
    });
    const peer = socket.peer("127.0.0.1", one.socket.address().port)!;
    expect([peer.address, peer.port]).toEqual(["127.0.0.1", one.socket.address().port]);
    socket.send(Buffer.from("first"), 0, 5, peer);
    await until(() => one.received.length === 1);
    expect(one.received).toEqual(["first"]);
    expect(socket.peer("localhost", 53)).toBeNull();
    expect(socket.peer("::1", 53)).toBeNull();
  });

  test("two sockets that send in turns", async () => {
    const one = await bind();
    const other = await bind();
    const near = client();
    const far = client();
    await near.send(one.socket.port, "near");
    await far.send(other.socket.port, "far");
    await until(() => one.count + other.count === 2);
    for (let index = 0; index < 100; index++) {
      const word = Buffer.from(String(index));
      one.socket.send(word, 0, word.length, one.heard[0]!.peer);
      other.socket.send(word, 0, word.length, other.heard[0]!.peer);
    }
    await until(() => near.received.length === 101 && far.received.length === 101);
    const numbers = Array.from({ length: 100 }, (_, index) => String(index));
    expect([near.received, far.received]).toEqual([
      ["near", ...numbers],
      ["far", ...numbers],
    ]);
  });

  test("a peer whose port has closed costs no other its answer", async () => {
    const echo = await bind();
    const gone = client();
    await gone.send(echo.socket.port, "x");
    await until(() => echo.count === 1);
    const { peer } = echo.heard[0]!;
    clients.splice(clients.indexOf(gone), 1);
    gone.socket.close();
    const one = client();
    const bytes = Buffer.from("y");
    for (let round = 1; round <= 20; round++) {
      echo.socket.send(bytes, 0, 1, peer);
      await one.send(echo.socket.port, String(round));
      await until(() => one.received.length === round);
    }
    expect(one.received.at(-1)).toBe("20");
  });

  test("what cannot be sent is counted, and does not keep back what stands behind it", async () => {
    const echo = await bind();
    const one = client();
    const nowhere = echo.socket.peer("127.0.0.1", 0)!;
    echo.answer = (bytes, start, end, peer, socket) => {
      socket.send(bytes, start, end, nowhere);
      socket.send(bytes, start, end, peer);
    };
    await one.send(echo.socket.port, "1");
    await one.send(echo.socket.port, "2");
    await until(() => one.received.length === 2);
    expect(one.received).toEqual(["1", "2"]);
    expect(echo.socket.unsent).toBe(2);
  });

  test("an exception costs its datagram alone", async () => {
    const told = spyOn(standardError, "write").mockImplementation(() => {});
    const echo = await bind();
    const { answer } = echo;
    echo.answer = (bytes, start, end, peer, socket) => {
      if (bytes[start] === 0x62) throw new Error("of the handler");
      answer(bytes, start, end, peer, socket);
    };
    const one = client();
    for (const text of ["a", "b", "c"]) await one.send(echo.socket.port, text);
    await until(() => one.received.length === 2);
    expect(one.received).toEqual(["a", "c"]);
    expect(told).toHaveBeenCalledTimes(1);
    told.mockRestore();
  });

  test("stop sends what was committed; then nothing is told any more, and the port is free", async () => {
    const echo = await bind();
    const one = client();
    const { answer } = echo;
    echo.answer = (bytes, start, end, peer, socket) => {
      answer(bytes, start, end, peer, socket);
      socket.stop();
    };
    const { port } = echo.socket;
    await one.send(port, "1");
    await until(() => one.received.length === 1);
    await one.send(port, "2");
    await settle();
    expect(echo.count).toBe(1);
    echo.socket.stop();
    const again = await network.bindDatagram("127.0.0.1", port, new Echo());
    expect(again.port).toBe(port);
    again.stop();
  });

  test("a socket for every address takes both families", async () => {
    const echo = await bind("::");
    const four = client();
    const six = client(6);
    await four.send(echo.socket.port, "four");
    await six.send(echo.socket.port, "six", "::1");
    await until(() => four.received.length + six.received.length === 2);
    expect(echo.heard.map(({ peer }) => peer.address).sort()).toEqual(["::1", "::ffff:127.0.0.1"]);
  });

  // Elsewhere the system chooses.
  if (name !== "epoll") return;

  test.each([
    ["0.0.0.0", 4, ["127.0.0.1", "127.0.0.53", "127.9.9.9"]],
    ["::", 4, ["127.0.0.1", "127.0.0.53"]],
    ["::", 6, ["::1"]],
  ] as const)("bound to %s an answer leaves from the address that was asked (IPv%i)", async (host, family, asked) => {
    const echo = await bind(host);
    const one = client(family);
    for (const [index, address] of asked.entries()) {
      await one.send(echo.socket.port, address, address);
      await until(() => one.received.length === index + 1);
    }
    expect(one.from).toEqual([...asked]);
    // Also later, to one who was kept.
    echo.socket.send(Buffer.from("late"), 0, 4, echo.heard.at(-1)!.peer);
    await until(() => one.received.includes("late"));
    expect(one.from.at(-1)).toBe(asked.at(-1)!);
  });

  test("a kernel without room: what waits leaves in order when there is some, what is too much is counted", async () => {
    const echo = await bind("127.0.0.1", { buffer: 1 });
    const one = client();
    await one.send(echo.socket.port, "who");
    await until(() => one.received.length === 1);
    const { peer } = echo.heard[0]!;
    // The receiver's buffer is not a limit here: what the kernel has not delivered yet is.
    const bytes = Buffer.alloc(1_000);
    const many = 20_000;
    for (let index = 0; index < many; index++) {
      bytes.writeUInt32BE(index);
      echo.socket.send(bytes, 0, bytes.length, peer);
    }
    await settle();
    const before = one.received.length;
    await one.send(echo.socket.port, "still");
    await until(() => one.received.includes("still"));
    expect(before).toBeGreaterThan(1);
    const numbers = one.received.slice(1, before).map((text) => Buffer.from(text, "latin1").readUInt32BE());
    expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
  });
});
