import { describe, expect, test } from "bun:test";
import { FakeResolver, settle } from "./fake-resolver-for-tests.ts";
import { LookupQueue } from "./lookup-queue.ts";

/** "ok", a code, or "open" for each promise. */
async function states(promises: ReadonlyArray<Promise<unknown>>): Promise<string[]> {
  const found = promises.map(() => "open");
  for (const [index, promise] of promises.entries()) {
    promise.then(
      () => (found[index] = "ok"),
      (error: { code: string }) => (found[index] = error.code),
    );
  }
  await settle();
  return found;
}

describe("lookups in front of a resolver", () => {
  test("few at once, the rest in turn", async () => {
    const resolver = new FakeResolver();
    const queue = new LookupQueue(resolver, 2);
    for (const name of ["a", "b", "c", "d"]) resolver.set(name, 1, "10.0.0.1");
    resolver.held = true;
    const all = ["a", "b", "c", "d"].map((name) => queue.resolveAddresses(name));
    await settle();
    expect(resolver.asked).toEqual(["a", "b"]);
    resolver.release();
    expect(await states(all)).toEqual(["ok", "ok", "ok", "ok"]);
    expect(resolver.asked).toEqual(["a", "b", "c", "d"]);
  });

  test("a deadline from when it is sent, after which its place is free", async () => {
    const resolver = new FakeResolver();
    const queue = new LookupQueue(resolver, 1);
    queue.tick(1000);
    resolver.held = true;
    const all = [queue.resolveAddresses("a"), queue.resolveServices("b")];
    queue.tick(6999);
    expect(await states(all)).toEqual(["open", "open"]);
    queue.tick(7000);
    expect(await states(all)).toEqual(["ETIMEOUT", "open"]);
    expect(resolver.asked).toEqual(["a", "b"]);
    queue.tick(12_999);
    expect(await states(all)).toEqual(["ETIMEOUT", "open"]);
    queue.tick(13_000);
    expect(await states(all)).toEqual(["ETIMEOUT", "ETIMEOUT"]);
    // An answer that comes too late is nobody's, and frees no place twice.
    resolver.release();
    await settle();
    resolver.held = true;
    void queue.resolveAddresses("c").catch(() => undefined);
    void queue.resolveAddresses("d").catch(() => undefined);
    await settle();
    expect(resolver.asked).toEqual(["a", "b", "c"]);
    queue.stop();
  });

  test("failures are passed on, those that are thrown too", async () => {
    const queue = new LookupQueue({
      resolveAddresses: () => {
        throw Object.assign(new Error("no"), { code: "EBADNAME" });
      },
      resolveServices: () => Promise.reject(Object.assign(new Error("no"), { code: "ESERVFAIL" })),
    });
    expect(await states([queue.resolveAddresses("a"), queue.resolveServices("b")])).toEqual(["EBADNAME", "ESERVFAIL"]);
  });

  test("after a stop nothing stays open", async () => {
    const resolver = new FakeResolver();
    const queue = new LookupQueue(resolver, 1);
    resolver.held = true;
    const all = [queue.resolveAddresses("a"), queue.resolveAddresses("b")];
    queue.stop();
    expect(await states(all)).toEqual(["ECANCELLED", "ECANCELLED"]);
    expect(resolver.asked).toEqual(["a"]);
  });
});
