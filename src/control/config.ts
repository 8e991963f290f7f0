/** What the config says of the admin API. */
import { z } from "zod";
import { isLoopback } from "../bytes/address.ts";
import type { ListenAddress } from "../contract/plan.ts";
import { address } from "../schema/address.ts";
import { check } from "../schema/check.ts";
import { option } from "../schema/facts.ts";
import { Refusal, hidden, show } from "../schema/value.ts";

export interface NormalAdmin {
  readonly host: string;
  readonly port: number;
  /** Null: one is made when the plan is compiled. */
  readonly token: string | null;
  /** Likewise. */
  readonly explainToken: string | null;
}

/** A free port: several edges run side by side, and the run file tells where. */
const DEFAULT_ADDRESS: ListenAddress = { host: "127.0.0.1", port: 0 };

/** What it says and does is for this machine alone. */
const adminAddress = address(
  'a loopback address such as "127.0.0.1:9000" or "[::1]:0" (0: a free port)',
  (parsed, written) =>
    isLoopback(parsed.host) ? parsed : new Refusal(`${show(written)} can be reached from other machines`),
);

/** The least length that cannot be guessed over the network: 16 random letters and digits are 95 bits. */
const MIN_TOKEN = 16;
/** RFC 6750 §2.1: what a bearer token may be made of. */
const TOKEN = /^[A-Za-z0-9._~+/-]+=*$/;

const token = hidden(
  `at least ${MIN_TOKEN} of A-Z a-z 0-9 - . _ ~ + / =`,
  MIN_TOKEN,
  256,
  (input) => (TOKEN.test(input) ? "" : "is not a token"),
  { pattern: TOKEN.source },
);

const adminObject = z.strictObject({
  address: option(
    adminAddress.default(DEFAULT_ADDRESS),
    "Port 0 is a free one. It never listens on another than a loopback address.",
    { values: "loopback address" },
  ),
  token: option(
    token.optional(),
    "The bearer token. Address and token are in the run file, which only its owner can read.",
  ),
  explainToken: option(
    token.optional(),
    "The value of `Roundtrip-Explain`, which lets a request be explained; another than `token`, since it is sent with requests. `GET /explain` of the API tells it.",
  ),
});

const checkedAdmin = check(adminObject, ["token", "explainToken"], ({ token: own, explainToken }, report) => {
  if (own !== undefined && own === explainToken) {
    report(["explainToken"], "is the admin token", { expected: "another one: it is sent with requests" });
  }
});

export const admin = option(
  z
    .union([z.literal(false), checkedAdmin])
    .transform((input): NormalAdmin | null =>
      input === false
        ? null
        : { ...input.address, token: input.token ?? null, explainToken: input.explainToken ?? null },
    )
    .prefault({}),
  "The API behind `roundtrip reload`, `explain` and the others. `false`: none.",
  { values: "`false`, or an object" },
);
