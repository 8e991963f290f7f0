/** Bytes through every network: their order and content, who waits for whom, and what is kept of them. */
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import type { Network, Transport } from "../contract/transport.ts";
import { bunNetwork } from "./bun-transport.ts";
import { epollNetwork } from "./epoll/epoll-network.ts";
import { Client, pattern, Recorder, Server, settle, until, writeAll } from "./recorder-for-tests.ts";

const epoll = epollNetwork();
const networks: Array<[string, Network]> = [["bun", bunNetwork]];
if (typeof epoll !== "string") networks.push(["epoll", epoll]);

const MB = 1_000_000;

/** Sends back what comes; what the kernel does not take at once waits, and nothing is read meanwhile. */
function echo(recorder: Recorder): Recorder {
  recorder.keep = false;
  let waiting: Buffer | null = null;
  let ended = false;
  const send = (transport: Transport, bytes: Buffer, start: number, end: number): void => {
    const taken = transport.write(bytes, start, end);
    if (taken === end - start || taken < 0) {
      waiting = null;
      if (ended) transport.shutdown();
      else transport.resume();
      return;
    }
    waiting = Buffer.from(bytes.subarray(start + taken, end));
    transport.pause();
  };
  recorder.hook = (event, bytes, start, end) => {
    const transport = recorder.transport!;
    if (event === "data") send(transport, bytes!, start, end);
    else if (event === "writable" && waiting !== null) send(transport, waiting, 0, waiting.length);
    else if (event === "end") {
      ended = true;
      if (waiting === null) transport.shutdown();
    }
  };
  return recorder;
}

describe.each(networks)("%s", (_name, network) => {
  let server: Server;
  const clients: Client[] = [];

  function connect(): Client {
    const client = new Client(server.port);
    clients.push(client);
    return client;
  }

  async function dialled(): Promise<Recorder> {
    const recorder = new Recorder();
    network.dial("127.0.0.1", server.port, recorder);
    await until(() => recorder.has("connect"));
    return recorder;
  }

  beforeEach(() => {
    server = new Server(network);
  });

  afterEach(() => {
    server.stop();
    for (const client of clients.splice(0)) client.socket.destroy();
  });

  test("an echo of many megabytes, both ends of one network", async () => {
    server.prepare = echo;
    const recorder = await dialled();
    const bytes = pattern(10 * MB, 3);
    writeAll(recorder, bytes, (transport) => transport.shutdown());
    await until(() => recorder.has("close"), 10_000);
    expect(Buffer.concat(recorder.chunks).equals(bytes)).toBeTrue();
    expect(recorder.events).toEqual(["connect", "data", "end", "close"]);
  });

  test("to a reader of another make that is slow", async () => {
    const client = connect();
    const recorder = await server.connection();
    const bytes = pattern(16 * MB, 5);
    const slow = setInterval(() => {
      client.socket.pause();
      setTimeout(() => client.socket.resume(), 5);
    }, 10);
    let written = false;
    writeAll(recorder, bytes, (transport) => {
      written = true;
      transport.close();
    });
    expect(written).toBeFalse();
    await until(() => client.ended, 10_000);
    clearInterval(slow);
    expect(Buffer.concat(client.chunks).equals(bytes)).toBeTrue();
  });

  test("from a writer of another make, read in pieces", async () => {
    const client = connect();
    const recorder = await server.connection();
    const transport = recorder.transport!;
    const bytes = pattern(16 * MB, 7);
    let wakes = 0;
    let paused = false;
    recorder.hook = (event) => {
      if (event === "writable") return;
      expect(paused).toBeFalse();
      if (event !== "data" || ++wakes % 7 !== 0) return;
      transport.pause();
      paused = true;
      setTimeout(() => {
        paused = false;
        transport.resume();
      }, 1);
    };
    client.socket.end(bytes);
    await until(() => recorder.has("end"), 10_000);
    expect(Buffer.concat(recorder.chunks).equals(bytes)).toBeTrue();
    expect(recorder.events).toEqual(["data", "end"]);
  });

  test("nothing is told while reading is paused, and all of it in order afterwards", async () => {
    const client = connect();
    const recorder = await server.connection();
    const transport = recorder.transport!;
    client.socket.write("first");
    await until(() => recorder.text() === "first");
    transport.pause();
    await settle();
    client.socket.write(" second");
    await settle();
    client.socket.end(" third");
    await settle();
    expect(recorder.text()).toBe("first");
    transport.resume();
    expect(recorder.text()).toBe("first");
    await until(() => recorder.has("end"));
    expect(recorder.text()).toBe("first second third");
    expect(recorder.events).toEqual(["data", "end"]);
  });

  test("paused and resumed within onData", async () => {
    const client = connect();
    const recorder = await server.connection();
    const transport = recorder.transport!;
    recorder.hook = (event) => {
      if (event !== "data") return;
      transport.pause();
      transport.resume();
      transport.resume();
    };
    const bytes = pattern(3 * MB, 11);
    client.socket.end(bytes);
    await until(() => recorder.has("end"));
    expect(Buffer.concat(recorder.chunks).equals(bytes)).toBeTrue();
  });

  test("a writer learns when it can go on, and only when it had to stop", async () => {
    const client = connect();
    client.socket.pause();
    const recorder = await server.connection();
    const transport = recorder.transport!;
    const bytes = pattern(MB, 1);
    let writable = 0;
    recorder.hook = (event) => {
      if (event === "writable") writable++;
    };
    let sent = 0;
    for (;;) {
      const taken = transport.write(bytes, 0, bytes.length);
      sent += taken;
      if (taken < bytes.length) break;
    }
    await settle();
    expect(writable).toBe(0);
    client.socket.resume();
    await until(() => writable > 0);
    await until(() => client.received === sent);
    expect(transport.write(bytes, 0, 10)).toBe(10);
  });

  test("close in order also with unread bytes in the kernel", async () => {
    const client = connect();
    const recorder = await server.connection();
    recorder.transport!.pause();
    client.socket.write("nobody reads this");
    await settle();
    recorder.transport!.write(Buffer.from("reply"), 0, 5);
    recorder.transport!.close();
    await until(() => client.closed || client.ended);
    // A network may reset here; it may not lose what the kernel had delivered before.
    if (client.error === "") expect(client.text()).toBe("reply");
    expect(recorder.events).toEqual([]);
  });

  test("what is retained stays as it is, whatever is read afterwards", async () => {
    const kept: Array<{ transport: Transport; bytes: Buffer; start: number; end: number; seed: number }> = [];
    let copied = 0;
    const size = 200_000;
    server.prepare = (recorder) => {
      recorder.keep = false;
      const seed = server.connections.length;
      recorder.hook = (event, bytes, start, end) => {
        if (event !== "data") return;
        const transport = recorder.transport!;
        const held = transport.retain(bytes!, start, end);
        if (held === null) copied += end - start;
        else kept.push({ transport, bytes: held, start, end, seed });
      };
      return recorder;
    };
    const senders = await Promise.all(Array.from({ length: 24 }, () => dialled()));
    await until(() => server.connections.length === 24);
    for (const [index, sender] of senders.entries()) {
      writeAll(sender, Buffer.alloc(size, index + 1), (transport) => transport.shutdown());
    }
    await until(() => server.connections.every((connection) => connection.has("end")));
    expect(copied + kept.reduce((sum, { start, end }) => sum + end - start, 0)).toBe(24 * size);
    // Each connection sent one value: every byte of what is kept of it must still be that.
    for (const { transport, bytes, start, end } of kept) {
      expect(bytes.subarray(start, end).equals(Buffer.alloc(end - start, bytes[start]!))).toBeTrue();
      transport.release(bytes);
    }
  });

  test("bytes before `start` may be overwritten, and harm nobody", async () => {
    server.prepare = (recorder) => {
      recorder.hook = (event, bytes, start, end) => {
        if (event !== "data") return;
        bytes!.fill(0, 0, start);
        recorder.transport!.write(bytes!, start, end);
      };
      return recorder;
    };
    const client = connect();
    for (let round = 0; round < 20; round++) {
      client.socket.write(`round ${round};`);
      await until(() => client.text().endsWith(`round ${round};`));
    }
  });

  test("memory that was given away, or is beyond the buffer, is never sent", async () => {
    const client = connect();
    const { transport } = await server.connection();
    const bytes = Buffer.from(new ArrayBuffer(1000));
    bytes.fill("a");
    expect(transport!.write(bytes, 0, 1000)).toBe(1000);
    bytes.buffer.transfer(0);
    const small = Buffer.from("small");
    for (const [from, end] of [
      [bytes, 1000],
      [small, 6],
      [small, 5000],
    ] as const) {
      try {
        transport!.write(from, 5, end);
      } catch {}
    }
    transport!.write(small, 0, 5);
    transport!.close();
    await until(() => client.ended);
    expect(client.text()).toBe(`${"a".repeat(1000)}small`);
  });

  test("many connections at once, each with its own content", async () => {
    server.prepare = echo;
    const all = await Promise.all(Array.from({ length: 200 }, () => dialled()));
    const contents = all.map((_, index) => pattern(20_000 + index, index * 1000));
    for (const [index, one] of all.entries()) writeAll(one, contents[index]!, (transport) => transport.shutdown());
    await until(() => all.every((one) => one.has("close")), 10_000);
    for (const [index, one] of all.entries()) expect(Buffer.concat(one.chunks).equals(contents[index]!)).toBeTrue();
  });

  test("descriptors that are closed and given out again: nobody hears what is another's", async () => {
    server.prepare = (recorder) => {
      recorder.hook = (event, bytes, start, end) => {
        if (event !== "data") return;
        recorder.transport!.write(bytes!, start, end);
        recorder.transport!.close();
      };
      return recorder;
    };
    let wrong = 0;
    let done = 0;
    const begin = (left: number, id: number): void => {
      if (left === 0) {
        done++;
        return;
      }
      const recorder = new Recorder();
      const word = Buffer.from(`connection ${id}.${left}`);
      recorder.hook = (event) => {
        const transport = recorder.transport;
        if (event === "connect") transport!.write(word, 0, word.length);
        if (event !== "end") return;
        if (recorder.text() !== word.toString()) wrong++;
        // Half of them are reset while the other side closes.
        if (left % 2 === 0) transport!.abort();
        else transport!.close();
        begin(left - 1, id);
      };
      network.dial("127.0.0.1", server.port, recorder);
    };
    for (let id = 0; id < 20; id++) begin(20, id);
    await until(() => done === 20);
    expect(wrong).toBe(0);
  });

  test("timers and promises are on time while bytes flow", async () => {
    server.prepare = echo;
    const recorder = await dialled();
    recorder.keep = false;
    const bytes = pattern(200_000, 1);
    let flowing = true;
    let sent = 0;
    const go = (): void => {
      if (flowing && recorder.received === sent) sent += recorder.transport!.write(bytes, 0, bytes.length);
    };
    recorder.hook = go;
    go();
    // The time that this process works until the timer has its turn: what others do on a busy machine does not count.
    let most = 0;
    for (let tick = 0; tick < 40 || recorder.received < 10 * MB; tick++) {
      const begun = process.cpuUsage();
      await Bun.sleep(5);
      const { user, system } = process.cpuUsage(begun);
      most = Math.max(most, (user + system) / 1000);
    }
    flowing = false;
    // 5 ms until it is due and a turn of the loop, which takes a few; the collector of garbage may work beside it.
    expect(most).toBeLessThan(60);
    recorder.transport!.abort();
  });
});
