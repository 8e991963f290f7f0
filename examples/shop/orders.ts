/** The service `orders`: what was bought. */
import { z } from "zod";
import type { Row } from "./connection.ts";
import type { Query } from "./database.ts";
import type { Answer, Call, Endpoint } from "./endpoint.ts";
import { json, readJson } from "./json.ts";
import { orderEvents } from "./order-events.ts";
import { idParameter, integerParameter } from "./parameters.ts";
import { Problem } from "./problem.ts";

const MAX_ID = 2_147_483_647;
const Id = z.int().min(1).max(MAX_ID);
const Line = z.strictObject({ product: Id, quantity: z.int().min(1).max(1000) });
const NewOrder = z.strictObject({ user: Id, lines: z.array(Line).min(1).max(50) });
type NewOrder = z.output<typeof NewOrder>;

export const orderEndpoints: readonly Endpoint[] = [
  { method: "GET", path: "/orders", handle: listOrders },
  { method: "POST", path: "/orders", handle: createOrder },
  { method: "GET", path: "/orders/events", handle: orderEvents },
  { method: "GET", path: "/orders/:id", handle: getOrder },
];

async function listOrders({ url, database, timing }: Call): Promise<Answer> {
  const limit = integerParameter(url, "limit", { min: 1, max: 100, fallback: 20 });
  const user = integerParameter(url, "user", { min: 1, max: MAX_ID, fallback: 0 });
  const orders =
    user === 0
      ? await database.query(
          timing,
          "SELECT id, user_id, status, created_at FROM orders ORDER BY id DESC LIMIT $1",
          limit,
        )
      : await database.query(
          timing,
          "SELECT id, user_id, status, created_at FROM orders WHERE user_id = $1 ORDER BY id DESC LIMIT $2",
          user,
          limit,
        );
  return json({ orders });
}

async function getOrder({ params, database, timing }: Call): Promise<Answer> {
  const id = idParameter(params);
  const rows = await database.query(
    timing,
    `SELECT orders.id, orders.status, orders.created_at, users.id AS user_id, users.name AS user_name,
      products.id AS product_id, products.name AS product_name, order_lines.quantity, order_lines.price_cents
    FROM orders
    JOIN users ON users.id = orders.user_id
    JOIN order_lines ON order_lines.order_id = orders.id
    JOIN products ON products.id = order_lines.product_id
    WHERE orders.id = $1 ORDER BY order_lines.position`,
    id,
  );
  const [first] = rows;
  if (first === undefined) throw new Problem(404, `There is no order ${id}. GET /orders lists the newest.`);
  const lines = rows.map((row) => ({
    product: { id: row["product_id"], name: row["product_name"] },
    quantity: row["quantity"],
    price_cents: row["price_cents"],
  }));
  return json({
    id: first["id"],
    status: first["status"],
    created_at: first["created_at"],
    user: { id: first["user_id"], name: first["user_name"] },
    lines,
    total_cents: rows.reduce((total, row) => total + Number(row["quantity"]) * Number(row["price_cents"]), 0),
  });
}

async function createOrder({ request, database, timing }: Call): Promise<Answer> {
  const wanted = await readJson(request, NewOrder);
  const id = await database.transaction(timing, (query) => insertOrder(query, wanted));
  return json({ id, status: "new", user: wanted.user, lines: wanted.lines }, 201, { Location: `/orders/${id}` });
}

async function insertOrder(query: Query, wanted: NewOrder): Promise<number> {
  const users = await query("SELECT id FROM users WHERE id = $1", wanted.user);
  if (users.length === 0) throw new Problem(422, `user: there is no user ${wanted.user}.`);

  const prices = pricesById(await query("SELECT id, price_cents FROM products ORDER BY id"));
  const [order] = await query(
    "INSERT INTO orders (user_id, status, created_at) VALUES ($1, 'new', $2) RETURNING id",
    wanted.user,
    new Date().toISOString(),
  );
  const id = Number(order?.["id"]);

  const values = wanted.lines.flatMap((line, index) => {
    const price = prices.get(line.product);
    if (price === undefined) {
      throw new Problem(422, `lines.${index}.product: there is no product ${line.product}; 1 to ${prices.size} are.`);
    }
    return [id, index + 1, line.product, line.quantity, price];
  });
  const places = wanted.lines.map((_, index) => `(${[1, 2, 3, 4, 5].map((n) => `$${index * 5 + n}`).join(", ")})`);
  await query(
    `INSERT INTO order_lines (order_id, position, product_id, quantity, price_cents) VALUES ${places.join(", ")}`,
    ...values,
  );
  return id;
}

function pricesById(products: readonly Row[]): Map<number, number> {
  return new Map(products.map((product) => [Number(product["id"]), Number(product["price_cents"])]));
}
