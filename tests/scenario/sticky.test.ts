/** A client stays at its target by a cookie, moves on when it must, and can be told why. */
import { afterEach, describe, expect, test } from "bun:test";

import { explainTree } from "../../src/explain/explain-tree.ts";
import { startNamedPool, type NamedPool, type NamedPoolOptions } from "./support/named-pool.ts";
import { poll } from "./support/poll.ts";
import { recordOf } from "./support/traces.ts";

let pool: NamedPool;

afterEach(async () => {
  await pool.stop();
});

async function start(names: string, options: NamedPoolOptions = {}): Promise<void> {
  pool = await startNamedPool(names, { ...options, pool: { sticky: true, ...options.pool } });
}

interface Session {
  readonly name: string;
  /** "name=value" */
  readonly cookie: string;
  /** The request's field line. */
  readonly field: string;
}

/** A client comes for the first time. */
async function begin(): Promise<Session> {
  const { body, setCookie } = await pool.get("/begin");
  const cookie = setCookie.split(";")[0]!;
  return { name: body, cookie, field: `Cookie: theme=dark; ${cookie}\r\n` };
}

/** One whose target is this one. */
async function beginAt(name: string): Promise<Session> {
  for (let turn = 0; turn < 20; turn++) {
    const session = await begin();
    if (session.name === name) return session;
  }
  throw new Error(`no session at ${name}`);
}

const explained = async (session: Session) => (await pool.explain("/x", [["cookie", session.cookie]])).record;

describe("a session", () => {
  test("stays at the target that answered first, and is given the cookie once", async () => {
    await start("abc");
    const sessions = [await begin(), await begin(), await begin()];
    expect(sessions.map(({ name }) => name).sort()).toEqual(["a", "b", "c"]);
    for (const session of sessions) {
      expect(await pool.turns(5, session.field)).toBe(session.name.repeat(5));
      expect((await pool.get("/again", session.field)).setCookie).toBe("");
    }
    expect((await recordOf(pool.edge, "/again")).pickReason).toBe("sticky");
    const foreseen = await explained(sessions[1]!);
    expect([pool.nameOf(foreseen.target), foreseen.pickReason]).toEqual([sessions[1]!.name, "sticky"]);
  });

  test("shows neither address nor port of its target", async () => {
    await start("a");
    const { setCookie } = await pool.get("/");
    expect(setCookie).toMatch(/^rt-target=[\w-]{22,}; Path=\/; SameSite=Lax; HttpOnly$/);
    const { address, port } = pool.origins["a"]!;
    const value = setCookie.split(/[=;]/)[1]!;
    for (const known of [value, Buffer.from(value, "base64url").latin1Slice()]) {
      expect(known).not.toContain(address);
      expect(known).not.toContain(String(port));
    }
  });

  test("survives reloads: other targets, another order, other weights", async () => {
    await start("abcd", { entries: { d: null } });
    const session = await beginAt("b");
    expect(await pool.reload({})).toMatchObject({ ok: true });
    expect(await pool.turns(4, session.field)).toBe("bbbb");
    expect(await pool.reload({ a: null, b: { weight: 7 }, c: null })).toMatchObject({ ok: true });
    expect(await pool.turns(4, session.field)).toBe("bbbb");
    expect((await recordOf(pool.edge, "/turn/3")).pickReason).toBe("sticky");
  });

  test("goes on at a target of weight 0, where nobody new comes", async () => {
    await start("ab");
    const session = await beginAt("a");
    pool.live().setWeight(pool.target("a"), 0, pool.now());
    expect(await pool.turns(3, session.field)).toBe("aaa");
    expect(await pool.turns(6)).toBe("bbbbbb");
  });
});

describe("a session whose target cannot serve it", () => {
  /** It gets another target, is told so by a new cookie, stays there, and every account of it says why. */
  async function expectMove(session: Session): Promise<Session> {
    const foreseen = await explained(session);
    expect(foreseen.pickReason).toBe("sticky-moved");
    const { control } = pool.edge.edge;
    const tree = explainTree({ record: foreseen, plan: control.plan(), sent: false, reply: null });
    expect(JSON.stringify(tree)).toContain("the target of the client's cookie cannot be used");
    const { status, body, setCookie } = await pool.get("/moved", session.field);
    expect(status).toBe(200);
    expect(body).not.toBe(session.name);
    expect(pool.nameOf(foreseen.target)).toBe(body);
    expect(setCookie).toStartWith("rt-target=");
    expect(setCookie).not.toStartWith(session.cookie);
    expect((await recordOf(pool.edge, "/moved")).pickReason).toBe("sticky-moved");
    const cookie = setCookie.split(";")[0]!;
    const moved = { name: body, cookie, field: `Cookie: ${cookie}\r\n` };
    expect(await pool.turns(4, moved.field)).toBe(body.repeat(4));
    return moved;
  }

  test("because a reload removed it", async () => {
    await start("abc");
    const session = await beginAt("a");
    await pool.reload({ a: null });
    await expectMove(session);
  });

  test("because it drains; and comes back for those who kept the old cookie when it is ready again", async () => {
    await start("abc");
    const session = await beginAt("a");
    pool.live().setMode(pool.target("a"), "drain", pool.now(), 0);
    const moved = await expectMove(session);
    pool.live().setMode(pool.target("a"), "ready", pool.now(), 0);
    expect(await pool.turns(2, moved.field)).toBe(moved.name.repeat(2));
    expect(await pool.turns(2, session.field)).toBe("aa");
  });

  test("because traffic ejected it", async () => {
    await start("abc", { pool: { retry: { attempts: 1 }, health: { passive: { maxFails: 1 } } } });
    const session = await beginAt("b");
    await pool.origins["b"]!.stop();
    // The request that meets the failure is answered by another target already.
    const { status, setCookie } = await pool.get("/failure", session.field);
    expect([status, setCookie.startsWith("rt-target=")]).toEqual([200, true]);
    const { retries, pickReason } = await recordOf(pool.edge, "/failure");
    expect([retries, pickReason]).toEqual([1, "sticky-moved"]);
    await expectMove(session);
  });

  test("because a check failed", async () => {
    let ill = "";
    await start("abc", {
      pool: {
        health: { check: { kind: "http", path: "/healthz", interval: "100ms", downInterval: "100ms", fall: 1 } },
      },
      answer: (name, request) => {
        const status = request.path === "/healthz" && name === ill ? "503 Ill" : "200 OK";
        request.socket.write(`HTTP/1.1 ${status}\r\nContent-Length: 1\r\n\r\n${name}`);
      },
    });
    const session = await beginAt("c");
    ill = "c";
    expect(await poll(() => pool.target("c").down)).toBe(true);
    await expectMove(session);
  });

  test("because the cookie is forged, or of another edge", async () => {
    await start("ab");
    const { cookie } = await begin();
    const value = cookie.split("=")[1]!;
    for (const forged of [value.slice(1), `${value.slice(0, -2)}AA`, "a", "", pool.origins["a"]!.address]) {
      const { status, setCookie } = await pool.get("/forged", `Cookie: rt-target=${forged}\r\n`);
      expect([status, setCookie.startsWith("rt-target=")]).toEqual([200, true]);
    }
    const { pickReason } = await explained({ name: "?", cookie: "rt-target=forged", field: "" });
    expect(pickReason).toBe("sticky-moved");
  });
});

describe("the cookie", () => {
  test("is made as the config wants it", async () => {
    const sticky = {
      cookie: "seat",
      maxAge: "1d",
      path: "/shop",
      sameSite: "None",
      secure: true,
      httpOnly: false,
      domain: "h.example",
      secret: "sixteen characters or more",
    } as const;
    await start("ab", { pool: { sticky } });
    const { setCookie } = await pool.get("/shop");
    expect(setCookie).toMatch(/^seat=[\w-]+; Path=\/shop; Domain=h\.example; Max-Age=86400; SameSite=None; Secure$/);
  });

  test("of one edge is good at another with the same secret, and not with another one", async () => {
    await start("abc", { pool: { sticky: { secret: "sixteen characters or more" } } });
    const session = await beginAt("c");
    const other = async (secret: string): Promise<string> => {
      const targets = Object.values(pool.origins).map(({ address }) => address);
      await pool.edge.reload({
        pools: { main: { targets, sticky: { secret } } },
        routes: [{ match: { path: "/*" }, proxy: "main" }],
      });
      return (await explained(session)).pickReason;
    };
    expect(await other("another one, as long as that")).toBe("sticky-moved");
    expect(await other("sixteen characters or more")).toBe("sticky");
  });

  test("is added to those that the target itself sets", async () => {
    await start("a", {
      answer: (name, request) =>
        request.socket.write(`HTTP/1.1 200 OK\r\nSet-Cookie: own=1\r\nContent-Length: 1\r\n\r\n${name}`),
    });
    const { reply } = await pool.get("/");
    const names = [...reply.matchAll(/\r\nset-cookie: ([^=]+)=/gi)].map((match) => match[1]);
    expect(new Set(names)).toEqual(new Set(["own", "rt-target"]));
  });
});
