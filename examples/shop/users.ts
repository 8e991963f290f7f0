/** The service `users`: who buys in the shop. */
import { z } from "zod";
import { ConstraintViolated } from "./constraint-violated.ts";
import type { Answer, Call, Endpoint } from "./endpoint.ts";
import { json, readJson } from "./json.ts";
import { idParameter, integerParameter } from "./parameters.ts";
import { Problem } from "./problem.ts";

const NewUser = z.strictObject({
  name: z.string().trim().min(1, "must not be empty").max(100, "may have 100 characters at most"),
  email: z.email("must be an e-mail address"),
});
const UserChange = NewUser.partial().refine(
  (change) => change.name !== undefined || change.email !== undefined,
  "must change name or email",
);

export const userEndpoints: readonly Endpoint[] = [
  { method: "GET", path: "/users", handle: listUsers },
  { method: "POST", path: "/users", handle: createUser },
  { method: "GET", path: "/users/echo", handle: echo },
  { method: "GET", path: "/users/:id", handle: getUser },
  { method: "PATCH", path: "/users/:id", handle: changeUser },
  { method: "DELETE", path: "/users/:id", handle: deleteUser },
];

async function listUsers({ url, database, timing }: Call): Promise<Answer> {
  const limit = integerParameter(url, "limit", { min: 1, max: 100, fallback: 20 });
  const after = integerParameter(url, "after", { min: 0, max: 2_147_483_647, fallback: 0 });
  const users = await database.query(
    timing,
    "SELECT id, name, email FROM users WHERE id > $1 ORDER BY id LIMIT $2",
    after,
    limit,
  );
  const last = users.at(-1)?.["id"];
  const next = users.length === limit && last !== undefined ? `/users?after=${last}&limit=${limit}` : null;
  return json({ users, next });
}

async function getUser({ params, database, timing }: Call): Promise<Answer> {
  const id = idParameter(params);
  const [user] = await database.query(timing, "SELECT id, name, email, created_at FROM users WHERE id = $1", id);
  if (user === undefined) throw noUser(id);
  return json(user);
}

async function createUser({ request, database, timing }: Call): Promise<Answer> {
  const { name, email } = await readJson(request, NewUser);
  const statement =
    "INSERT INTO users (name, email, created_at) VALUES ($1, $2, $3) RETURNING id, name, email, created_at";
  const created = new Date().toISOString();
  const [user] = await unlessTaken(email, database.query(timing, statement, name, email, created));
  return json(user, 201, { Location: `/users/${user?.["id"]}` });
}

async function changeUser({ request, params, database, timing }: Call): Promise<Answer> {
  const id = idParameter(params);
  const { name, email } = await readJson(request, UserChange);
  // The casts tell PostgreSQL the type of a parameter that may be null.
  const statement = `UPDATE users SET name = COALESCE(CAST($1 AS text), name), email = COALESCE(CAST($2 AS text), email)
    WHERE id = $3 RETURNING id, name, email, created_at`;
  const [user] = await unlessTaken(email, database.query(timing, statement, name ?? null, email ?? null, id));
  if (user === undefined) throw noUser(id);
  return json(user);
}

async function deleteUser({ params, database, timing }: Call): Promise<Answer> {
  const id = idParameter(params);
  try {
    const deleted = await database.query(timing, "DELETE FROM users WHERE id = $1 RETURNING id", id);
    if (deleted.length === 0) throw noUser(id);
  } catch (error) {
    if (!(error instanceof ConstraintViolated)) throw error;
    throw new Problem(409, `User ${id} has orders and cannot be deleted. GET /orders?user=${id} lists them.`);
  }
  return new Response(null, { status: 204 });
}

function echo({ upgrade }: Call): Answer {
  if (upgrade()) return null;
  throw new Problem(426, "This is a WebSocket that sends back what it gets: open it with ws:// or wss://.", {
    Upgrade: "websocket",
    Connection: "Upgrade",
  });
}

function noUser(id: number): Problem {
  return new Problem(404, `There is no user ${id}. GET /users lists those there are.`);
}

async function unlessTaken<Result>(email: string | undefined, change: Promise<Result>): Promise<Result> {
  try {
    return await change;
  } catch (error) {
    if (!(error instanceof ConstraintViolated)) throw error;
    throw new Problem(409, `Another user has the e-mail address ${email}.`);
  }
}
