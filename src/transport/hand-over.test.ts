/** A connection that goes to another handler, over every network (`Transport.handOver`). */
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import type { Network } from "../contract/transport.ts";
import { bunNetwork } from "./bun-transport.ts";
import { epollNetwork } from "./epoll/epoll-network.ts";
import { Client, Recorder, Server, until } from "./recorder-for-tests.ts";

const epoll = epollNetwork();
const networks: Array<[string, Network]> = [["bun", bunNetwork]];
if (typeof epoll !== "string") networks.push(["epoll", epoll]);

const NOTHING = Buffer.alloc(0);

describe.each(networks)("%s: a connection that is handed over", (_name, network) => {
  let server: Server;
  let client: Client;

  beforeEach(() => {
    server = new Server(network);
  });

  afterEach(() => {
    client.socket.destroy();
    server.stop();
  });

  /** The recorder that the connection begins with. */
  async function opened(): Promise<Recorder> {
    client = new Client(server.port);
    await until(() => server.connections.length === 1);
    return server.connections[0]!;
  }

  test("inside onData, with what was read and not used", async () => {
    const second = new Recorder();
    server.prepare = (first) => {
      first.hook = (event, bytes, start, end) => {
        if (event === "data") first.transport!.handOver(second, bytes!, start + 5, end);
      };
      return first;
    };
    const first = await opened();
    client.socket.write("PROXYrest");
    await until(() => second.received === 4);
    client.socket.write(" and more");
    await until(() => second.received === 13);
    expect(second.text()).toBe("rest and more");
    expect(first.text()).toBe("PROXYrest");
    client.socket.end();
    await until(() => second.has("end"));
    expect(first.events).toEqual(["data"]);
    expect(second.events).toEqual(["data", "end"]);
  });

  test("outside of a call, with nothing", async () => {
    const first = await opened();
    const second = new Recorder();
    client.socket.write("one");
    await until(() => first.received === 3);
    first.transport!.handOver(second, NOTHING, 0, 0);
    client.socket.write("two");
    await until(() => second.received === 3);
    expect([first.text(), second.text()]).toEqual(["one", "two"]);
    first.transport!.write(Buffer.from("back"), 0, 4);
    await until(() => client.text() === "back");
    client.socket.resetAndDestroy();
    await until(() => second.has("close"));
    expect(first.has("close")).toBe(false);
  });

  test("when the peer has sent FIN already: the new handler hears of it after the bytes", async () => {
    const first = await opened();
    client.socket.end("last");
    await until(() => first.has("end"));
    const second = new Recorder();
    first.transport!.handOver(second, Buffer.from("xxlast"), 2, 6);
    expect(second.events).toEqual(["data", "end"]);
    expect(second.text()).toBe("last");
    first.transport!.close();
  });

  test("while it is paused: reading goes on", async () => {
    const first = await opened();
    client.socket.write("a");
    await until(() => first.received === 1);
    first.transport!.pause();
    client.socket.write("b");
    const second = new Recorder();
    first.transport!.handOver(second, Buffer.from("a"), 0, 1);
    await until(() => second.received === 2);
    expect(second.text()).toBe("ab");
  });

  test("to a handler that pauses at once stays paused", async () => {
    const first = await opened();
    client.socket.write("a");
    await until(() => first.received === 1);
    const second = new Recorder();
    const { transport } = first;
    second.hook = (event) => {
      if (event === "data" && second.received === 1) transport!.pause();
    };
    transport!.handOver(second, Buffer.from("a"), 0, 1);
    client.socket.write("b");
    await Bun.sleep(50);
    expect(second.received).toBe(1);
    transport!.resume();
    await until(() => second.received === 2);
  });

  test("to a handler that closes it, or that throws, is over", async () => {
    const first = await opened();
    const second = new Recorder();
    second.hook = (event) => {
      if (event === "data") throw new Error("a handler's own error");
    };
    const told: unknown[] = [];
    const { error } = console;
    console.error = (...words: unknown[]) => void told.push(...words);
    try {
      first.transport!.handOver(second, Buffer.from("a"), 0, 1);
    } finally {
      console.error = error;
    }
    await until(() => client.ended || client.closed);
    expect(first.has("close")).toBe(false);
    // Once it is gone, nothing happens any more.
    const third = new Recorder();
    first.transport!.handOver(third, Buffer.from("a"), 0, 1);
    expect(third.events).toEqual([]);
  });

  test("knows that it is plain", async () => {
    expect((await opened()).transport!.tls).toBeNull();
  });
});
