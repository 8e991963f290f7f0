/** Tables and first rows, alike for both databases. The rows are the same on every machine and every start. */
import type { Connection, Value } from "./connection.ts";

export const SEEDED_USERS = 200;
export const SEEDED_ORDERS = 1000;

const FIRST_NAMES = [
  "Ada",
  "Alan",
  "Barbara",
  "Dennis",
  "Edsger",
  "Elizabeth",
  "Frances",
  "Grace",
  "Hedy",
  "Jon",
  "Karen",
  "Ken",
  "Leslie",
  "Margaret",
  "Niklaus",
  "Paul",
  "Radia",
  "Sophie",
  "Tim",
  "Vinton",
];
const LAST_NAMES = [
  "Baran",
  "Clark",
  "Davies",
  "Engelbart",
  "Floyd",
  "Hopper",
  "Kleinrock",
  "Lamport",
  "Perlman",
  "Postel",
];

/** Prices in cents. */
const PRODUCTS: ReadonlyArray<readonly [name: string, price: number]> = [
  ["Patch cable, 2 m", 490],
  ["Network tester", 3900],
  ["Label printer", 7450],
  ["Rack shelf", 2890],
  ["Desk lamp", 4500],
  ["Notebook, squared", 750],
  ["Fountain pen", 2600],
  ["Coffee, 1 kg", 1990],
];

const ORDER_STATES = ["new", "paid", "sent", "delivered"];
const FIRST_DAY = Date.UTC(2026, 0, 1);
const HOUR = 3_600_000;
/** Rows in one INSERT; four values each stay far below the parameter limit of both databases. */
const BATCH = 200;

/** `identity` is the dialect's definition of a generated integer key. */
export async function createTables(connection: Connection, identity: string): Promise<void> {
  const statements = [
    `CREATE TABLE users (id ${identity}, name text NOT NULL, email text NOT NULL UNIQUE, created_at text NOT NULL)`,
    `CREATE TABLE products (id ${identity}, name text NOT NULL, price_cents integer NOT NULL)`,
    `CREATE TABLE orders (id ${identity}, user_id integer NOT NULL REFERENCES users (id) ON DELETE RESTRICT,
       status text NOT NULL, created_at text NOT NULL)`,
    "CREATE INDEX orders_by_user ON orders (user_id, id)",
    `CREATE TABLE order_lines (order_id integer NOT NULL REFERENCES orders (id) ON DELETE CASCADE,
       position integer NOT NULL, product_id integer NOT NULL REFERENCES products (id),
       quantity integer NOT NULL, price_cents integer NOT NULL, PRIMARY KEY (order_id, position))`,
  ];
  for (const statement of statements) await connection.query(statement, []);
}

/** The tables are new, so generated keys begin at 1 and follow the order of the rows. */
export async function seed(connection: Connection): Promise<void> {
  await insert(
    connection,
    "users",
    ["name", "email", "created_at"],
    Array.from({ length: SEEDED_USERS }, (_, i) => user(i)),
  );
  await insert(connection, "products", ["name", "price_cents"], PRODUCTS);
  const orders = Array.from({ length: SEEDED_ORDERS }, (_, i) => order(i));
  await insert(connection, "orders", ["user_id", "status", "created_at"], orders);
  const lines = orders.flatMap((_, i) => orderLines(i));
  await insert(connection, "order_lines", ["order_id", "position", "product_id", "quantity", "price_cents"], lines);
}

function user(index: number): Value[] {
  const first = FIRST_NAMES[index % FIRST_NAMES.length] ?? "";
  const last = LAST_NAMES[Math.floor(index / FIRST_NAMES.length) % LAST_NAMES.length] ?? "";
  return [`${first} ${last}`, `${first}.${last}@shop.example`.toLowerCase(), timeAt(index)];
}

function order(index: number): Value[] {
  const userId = 1 + ((index * 37) % SEEDED_USERS);
  return [userId, ORDER_STATES[(index * 7) % ORDER_STATES.length] ?? "new", timeAt(SEEDED_USERS + index)];
}

function orderLines(orderIndex: number): Value[][] {
  return Array.from({ length: 1 + (orderIndex % 3) }, (_, position) => {
    const product = (orderIndex * 3 + position * 5) % PRODUCTS.length;
    const quantity = 1 + ((orderIndex + position) % 4);
    return [orderIndex + 1, position + 1, product + 1, quantity, PRODUCTS[product]?.[1] ?? 0];
  });
}

function timeAt(hours: number): string {
  return new Date(FIRST_DAY + hours * HOUR).toISOString();
}

async function insert(
  connection: Connection,
  table: string,
  columns: readonly string[],
  rows: ReadonlyArray<readonly Value[]>,
): Promise<void> {
  for (let begin = 0; begin < rows.length; begin += BATCH) {
    const batch = rows.slice(begin, begin + BATCH);
    const places = batch.map(
      (_, row) => `(${columns.map((_, column) => `$${row * columns.length + column + 1}`).join(", ")})`,
    );
    await connection.query(`INSERT INTO ${table} (${columns.join(", ")}) VALUES ${places.join(", ")}`, batch.flat());
  }
}
