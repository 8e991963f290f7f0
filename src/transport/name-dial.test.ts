/** Names with several addresses, over each network, against a socket that takes no further connection. */
import { afterEach, describe, expect, test } from "bun:test";
import type { Network } from "../contract/transport.ts";
import { blackhole } from "../../tests/scenario/support/blackhole.ts";
import { bunNetwork } from "./bun-transport.ts";
import { epollNetwork } from "./epoll/epoll-network.ts";
import { NameDial } from "./name-dial.ts";
import { Names } from "./names.ts";
import { Recorder, Server, settle, until } from "./recorder-for-tests.ts";

const epoll = epollNetwork();
const networks: Array<[string, Network]> = [["bun", bunNetwork]];
if (typeof epoll !== "string") networks.push(["epoll", epoll]);

const SILENT = "127.0.0.1";
const ANSWERS = "127.0.0.2";

describe.skipIf(process.platform !== "linux").each(networks)(
  "a name with several addresses, by %s",
  (_name, network) => {
    const undo: Array<() => void> = [];

    afterEach(() => {
      for (const one of undo.splice(0)) one();
    });

    /** One port: silent on 127.0.0.1, a server on 127.0.0.2, refused on the others. */
    async function world(): Promise<{ port: number; server: Server }> {
      const silent = await blackhole();
      undo.push(() => silent.stop());
      const port = Number(silent.address.split(":")[1]);
      const server = new Server(network, ANSWERS, port);
      undo.push(() => server.stop());
      return { port, server };
    }

    const named = (...addresses: string[]): Names =>
      new Names((_name, found) => queueMicrotask(() => found(addresses, "")));

    test("whose first is silent connects to the second within the delay, and to it at once the next time", async () => {
      const { port, server } = await world();
      const names = named(SILENT, ANSWERS);
      const first = new Recorder();
      const begun = performance.now();
      const dialing = new NameDial(network, names, "shop.test", port, first);
      await until(() => first.has("connect"));
      expect(performance.now() - begun).toBeGreaterThan(240);
      expect(first.transport!.peerAddress).toBe(ANSWERS);
      expect(dialing.outcome).toBe(`${ANSWERS}, before ${SILENT} (no answer)`);
      first.transport!.write(Buffer.from("hello"), 0, 5);
      const there = await server.connection();
      await until(() => there.text() === "hello");
      there.transport!.write(Buffer.from("back"), 0, 4);
      await until(() => first.text() === "back");

      const second = new Recorder();
      const again = new NameDial(network, names, "shop.test", port, second);
      await until(() => second.has("connect"));
      expect(again.outcome).toBe(ANSWERS);
      expect([first.events, second.events]).toEqual([["connect", "data"], ["connect"]]);
      for (const { transport } of [first, second]) transport!.abort();
    });

    test("whose first is refused connects to the second without delay", async () => {
      const { port } = await world();
      // The delay that a silent first one gets is 250 ms, each time (RFC 8305 §5): a busy machine is not late each time.
      let least = Infinity;
      for (let turn = 0; turn < 5 && least >= 240; turn++) {
        const recorder = new Recorder();
        const begun = performance.now();
        const dialing = new NameDial(network, named("127.0.0.3", ANSWERS), "shop.test", port, recorder);
        await until(() => recorder.has("connect"));
        least = Math.min(least, performance.now() - begun);
        expect(dialing.outcome).toBe(`${ANSWERS}, before 127.0.0.3 (ECONNREFUSED)`);
        recorder.transport!.abort();
      }
      expect(least).toBeLessThan(240);
    });

    test("of which all refuse fails, and is asked for again", async () => {
      const { port } = await world();
      let asked = 0;
      const names = new Names((_name, found) => {
        asked++;
        queueMicrotask(() => found(["127.0.0.3", "127.0.0.4"], ""));
      });
      for (const turn of [1, 2]) {
        const recorder = new Recorder();
        const dialing = new NameDial(network, names, "shop.test", port, recorder);
        await until(() => recorder.events.length > 0);
        expect([recorder.events, asked]).toEqual([["error:ECONNREFUSED"], turn]);
        expect(dialing.outcome).toBe("tried 127.0.0.3 (ECONNREFUSED), 127.0.0.4 (ECONNREFUSED)");
      }
    });

    test("without an address fails with the resolver's reason", async () => {
      const recorder = new Recorder();
      void new NameDial(
        network,
        new Names((_name, found) => queueMicrotask(() => found([], "EAI_AGAIN"))),
        "x",
        80,
        recorder,
      );
      await until(() => recorder.events.length > 0);
      expect(recorder.events).toEqual(["error:EAI_AGAIN"]);
    });

    test("that is called off is heard of no more", async () => {
      const { port, server } = await world();
      const silent = new Recorder();
      const waiting = new NameDial(network, named(SILENT, ANSWERS), "shop.test", port, silent);
      await settle();
      waiting.cancel();
      expect(waiting.outcome).toBe(`tried ${SILENT} (no answer)`);
      const early = new Recorder();
      new NameDial(network, named(ANSWERS), "shop.test", port, early).cancel();
      const numeric = new Recorder();
      network.dial(ANSWERS, port, numeric).cancel();
      await Bun.sleep(300);
      expect([silent.events, early.events, numeric.events]).toEqual([[], [], []]);
      // The kernel may have connected before it was called off.
      for (const { events } of server.connections) expect(["end", "close"]).toContain(events[0]!);
    });
  },
);
