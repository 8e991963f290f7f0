/** What the shop must do whatever its database is; used by the tests of both. */
import { describe, expect, test } from "bun:test";
import { SEEDED_ORDERS, SEEDED_USERS } from "./schema.ts";
import type { Shop } from "./start-services.ts";

export interface Asked {
  readonly status: number;
  readonly headers: Headers;
  readonly serverTiming: string;
  readonly json: Record<string, unknown>;
}

export async function ask(port: number, path: string, init?: RequestInit): Promise<Asked> {
  const answer = await fetch(`http://127.0.0.1:${port}${path}`, init);
  const text = await answer.text();
  const json: unknown = text === "" ? {} : JSON.parse(text);
  if (typeof json !== "object" || json === null) throw new Error(`not an object: ${text}`);
  return {
    status: answer.status,
    headers: answer.headers,
    serverTiming: answer.headers.get("Server-Timing") ?? "",
    json: { ...json },
  };
}

export function portOf(shop: Shop, instance: string): number {
  const service = shop.services.find((candidate) => candidate.instance === instance);
  if (service === undefined) throw new Error(`no ${instance}`);
  return service.port;
}

export function withJson(method: string, value: unknown): RequestInit {
  return { method, headers: { "Content-Type": "application/json" }, body: JSON.stringify(value) };
}

export function checkShop(shop: () => Shop): void {
  const users = (path: string, init?: RequestInit) => ask(portOf(shop(), "users-1"), path, init);
  const orders = (path: string, init?: RequestInit) => ask(portOf(shop(), "orders-1"), path, init);

  describe("users", () => {
    test("lists pages in order of the key", async () => {
      const { status, json, headers, serverTiming } = await users("/users?limit=2");
      expect(status).toBe(200);
      expect(json).toEqual({
        users: [
          { id: 1, name: "Ada Baran", email: "ada.baran@shop.example" },
          { id: 2, name: "Alan Baran", email: "alan.baran@shop.example" },
        ],
        next: "/users?after=2&limit=2",
      });
      expect(headers.get("X-Instance")).toBe("users-1");
      expect(serverTiming).toMatch(
        /^pool;dur=[\d.]+;desc="wait for a database connection", query;dur=[\d.]+;desc="SELECT [^"]*", handler;dur=[\d.]+$/,
      );
      expect((await users("/users?after=2&limit=1")).json["users"]).toMatchObject([{ id: 3 }]);
    });

    test("creates, reads, changes and deletes one; the other instance sees it", async () => {
      const created = await users("/users", withJson("POST", { name: "New One", email: "new.one@shop.example" }));
      expect(created.status).toBe(201);
      const path = created.headers.get("Location") ?? "";
      expect(path).toBe(`/users/${String(created.json["id"])}`);
      expect(created.json["id"]).toBeGreaterThan(SEEDED_USERS);

      const seen = await ask(portOf(shop(), "users-2"), path);
      expect(seen.json).toEqual(created.json);
      expect(seen.headers.get("X-Instance")).toBe("users-2");

      expect((await users(path, withJson("PATCH", { name: "Changed" }))).json).toEqual({
        ...created.json,
        name: "Changed",
      });
      expect((await users(path, { method: "DELETE" })).status).toBe(204);
      expect((await users(path)).status).toBe(404);
      expect((await users(path, { method: "DELETE" })).status).toBe(404);
      expect((await users(path, withJson("PATCH", { name: "Gone" }))).status).toBe(404);
    });

    test("refuses what is wrong, and says what", async () => {
      const refused: ReadonlyArray<readonly [path: string, init: RequestInit, status: number, detail: string]> = [
        ["/users/0", {}, 400, "whole number from 1"],
        ["/users/abc", {}, 400, '"abc"'],
        ["/users/99999", {}, 404, "no user 99999"],
        ["/users?limit=1000", {}, 400, "from 1 to 100"],
        ["/users/%zz", {}, 400, "percent-encoding"],
        ["/nowhere", {}, 404, "/users/:id"],
        ["/users", { method: "PUT" }, 405, "GET, HEAD, POST"],
        ["/users", { method: "POST", body: "name=x" }, 415, "application/json"],
        ["/users", { ...withJson("POST", 0), body: "{" }, 400, "not valid JSON"],
        ["/users", withJson("POST", { name: "", email: "x" }), 422, "email: must be an e-mail address"],
        ["/users", withJson("POST", { name: "A", email: "a@b.example", admin: true }), 422, "admin"],
        ["/users", withJson("POST", { name: "x".repeat(70_000), email: "a@b.example" }), 413, "65536 bytes"],
        ["/users", withJson("POST", { name: "A", email: "ada.baran@shop.example" }), 409, "ada.baran@shop.example"],
        ["/users/2", withJson("PATCH", { email: "ada.baran@shop.example" }), 409, "ada.baran@shop.example"],
        ["/users/2", withJson("PATCH", {}), 422, "must change name or email"],
        ["/users/1", { method: "DELETE" }, 409, "has orders"],
      ];
      for (const [path, init, status, detail] of refused) {
        const answer = await users(path, init);
        expect([path, answer.status, answer.json["detail"]]).toEqual([path, status, expect.stringContaining(detail)]);
        expect(answer.headers.get("Content-Type")).toBe("application/problem+json");
        expect(answer.serverTiming).toContain("handler;dur=");
        expect(answer.headers.get("X-Instance")).toBe("users-1");
      }
    });
  });

  describe("orders", () => {
    test("joins an order with its user, lines and products", async () => {
      const { json, serverTiming } = await orders("/orders/42");
      expect(json).toMatchObject({
        id: 42,
        status: "delivered",
        user: { id: 118, name: "Sophie Hopper" },
        total_cents: 10_250,
      });
      expect(json["lines"]).toHaveLength(3);
      expect(serverTiming).toContain("query;dur=");
    });

    test("lists the orders of a user, newest first", async () => {
      const { json } = await orders("/orders?user=118&limit=3");
      const ids = Array.isArray(json["orders"]) ? json["orders"].map((order: { id: number }) => order.id) : [];
      expect(ids).toEqual([842, 642, 442]);
      expect((await orders("/orders?limit=5")).json["orders"]).toHaveLength(5);
    });

    test("creates one in a transaction that names each statement", async () => {
      const wanted = {
        user: 7,
        lines: [
          { product: 8, quantity: 2 },
          { product: 6, quantity: 1 },
        ],
      };
      const created = await orders("/orders", withJson("POST", wanted));
      expect(created.status).toBe(201);
      expect(created.json["id"]).toBeGreaterThan(SEEDED_ORDERS);
      expect(created.serverTiming.match(/query;dur=/g)?.length).toBe(6);
      const read = await ask(portOf(shop(), "orders-2"), created.headers.get("Location") ?? "");
      expect(read.json).toMatchObject({ status: "new", user: { id: 7 }, total_cents: 2 * 1990 + 750 });
    });

    test("an order that cannot be made leaves nothing behind", async () => {
      const newest = async () => (await orders("/orders?limit=1")).json["orders"];
      const before = await newest();
      const unknownProduct = {
        user: 7,
        lines: [
          { product: 1, quantity: 1 },
          { product: 99, quantity: 1 },
        ],
      };
      const answer = await orders("/orders", withJson("POST", unknownProduct));
      expect([answer.status, answer.json["detail"]]).toEqual([
        422,
        "lines.1.product: there is no product 99; 1 to 8 are.",
      ]);
      expect(
        (await orders("/orders", withJson("POST", { user: 99_999, lines: [{ product: 1, quantity: 1 }] }))).status,
      ).toBe(422);
      expect((await orders("/orders", withJson("POST", { user: 7, lines: [] }))).status).toBe(422);
      expect(await newest()).toEqual(before);
    });

    test("answers health with what its database says, and 404 for an order that is not there", async () => {
      const { status, headers, json } = await orders("/healthz");
      expect([status, headers.get("Content-Type")]).toEqual([200, "application/health+json"]);
      expect(json).toMatchObject({ status: "pass", checks: { database: [{ status: "pass", observedUnit: "ms" }] } });
      expect((await orders("/orders/999999")).status).toBe(404);
    });
  });
}
