/** The same shop over a real PostgreSQL, which this test starts and removes. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { SQL } from "bun";
import { checkShop, ask, portOf, withJson } from "./check-shop.ts";
import { findPostgres, startPostgres, type TestPostgres } from "./test-postgres.ts";
import { POSTGRES_SCHEMA } from "./postgres-connection.ts";
import { startShop, type Shop } from "./start-services.ts";

const programs = findPostgres();
if (programs === null) {
  console.warn("SKIPPED: the shop over PostgreSQL. Install it (apt-get install postgresql) to run this test.");
}

describe.skipIf(programs === null)("the shop over PostgreSQL", () => {
  let postgres: TestPostgres;
  let shop: Shop;
  beforeAll(async () => {
    postgres = await startPostgres(programs ?? "");
    shop = await startShop({ databaseUrl: postgres.url, pool: 2 });
  }, 30_000);
  afterAll(async () => {
    await shop?.stop();
    await postgres?.stop();
  }, 30_000);

  checkShop(() => shop);

  test("never shows the password", () => {
    expect(postgres.url).toContain(":secret@");
    expect(shop.database).toEqual({ kind: "postgres", location: postgres.url.replace(":secret@", "@") });
  });

  test("keeps everything in a schema of its own", async () => {
    const sql = new SQL({ url: postgres.url, max: 1 });
    const tables: Array<{ table_schema: string; table_name: string }> = await sql`
      SELECT table_schema, table_name FROM information_schema.tables
      WHERE table_schema NOT IN ('pg_catalog', 'information_schema') ORDER BY table_name`;
    await sql.close();
    expect(tables.map((table) => `${table.table_schema}.${table.table_name}`)).toEqual(
      ["order_lines", "orders", "products", "users"].map((table) => `${POSTGRES_SCHEMA}.${table}`),
    );
  });

  test("a shop that starts again finds its data, and does not seed twice", async () => {
    const user = withJson("POST", { name: "Stays", email: "stays@shop.example" });
    const path = (await ask(portOf(shop, "users-1"), "/users", user)).headers.get("Location") ?? "";
    const second = await startShop({ databaseUrl: postgres.url });
    try {
      expect((await ask(portOf(second, "users-2"), path)).json["name"]).toBe("Stays");
    } finally {
      await second.stop();
    }
  }, 10_000);
});
