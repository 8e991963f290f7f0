/** `sticky` of a pool: a cookie that keeps a client at its target. */
import { z } from "zod";
import { isHostName } from "../bytes/address.ts";
import { DEFAULT_STICKY } from "./defaults.ts";
import type { NormalSticky } from "./normal-config.ts";
import { cookieName } from "./schema-token.ts";
import { Refusal, choice, duration, show, text, value } from "./schema-value.ts";

/** RFC 6265bis: browsers keep no cookie for longer. */
const MOST_AGE = 400 * 86_400_000;

/** RFC 6265 §4.1.1: path-value is any character but controls and ";". */
const cookiePath = text('a path such as "/"', (input) =>
  /^\/[\x20-\x3a\x3c-\x7e]*$/.test(input) ? input : new Refusal(`${show(input)} is no path of a cookie`),
);

const domain = text('a domain such as "shop.test", or "" for this host alone', (input) => {
  // RFC 6265 §5.2.3: a dot in front means nothing.
  const name = input.toLowerCase().replace(/^\./, "");
  return name === "" || isHostName(name) ? name : new Refusal(`${show(input)} is no domain`);
});

/** As for the admin token: 16 random letters and digits are 95 bits. */
const MIN_SECRET = 16;

const secret = value(
  `a secret of ${MIN_SECRET} to 256 characters`,
  { type: "string", minLength: MIN_SECRET, maxLength: 256 },
  (input) => {
    // Never shows the value: problems end in logs.
    if (typeof input !== "string") return new Refusal("is no string");
    const fits = input.length >= MIN_SECRET && input.length <= 256;
    return fits ? input : new Refusal(`has ${input.length} characters`);
  },
);

const stickyObject = z.strictObject({
  cookie: cookieName.default(DEFAULT_STICKY.cookie),
  maxAge: duration(0, MOST_AGE)
    // Max-Age counts seconds (RFC 6265 §5.2.2), and 0 there would delete the cookie.
    .transform((milliseconds) => Math.ceil(milliseconds / 1000))
    .default(DEFAULT_STICKY.maxAge),
  path: cookiePath.default(DEFAULT_STICKY.path),
  sameSite: choice("Lax", "Strict", "None", "").default(DEFAULT_STICKY.sameSite),
  secure: z.boolean().default(DEFAULT_STICKY.secure),
  httpOnly: z.boolean().default(DEFAULT_STICKY.httpOnly),
  domain: domain.default(DEFAULT_STICKY.domain),
  secret: secret.optional(),
});

/** Null: requests are not bound to targets. */
export const sticky = z.union([z.boolean(), stickyObject]).transform((input, context): NormalSticky | null => {
  if (input === false) return null;
  if (input === true) return { ...DEFAULT_STICKY, secret: null };
  const refused = browsersRefuse(input);
  if (refused !== null) {
    const [option, message, expected] = refused;
    context.addIssue({ code: "custom", path: [option], message, params: { expected } });
  }
  return { ...input, secret: input.secret ?? null };
});

/** Option, reason and remedy of a cookie that would be thrown away on arrival (RFC 6265bis §4.1.2.7, §4.1.3). */
function browsersRefuse(input: z.output<typeof stickyObject>): readonly [string, string, string] | null {
  const { cookie, path, sameSite, secure, domain: scope } = input;
  if (sameSite === "None" && !secure) return ["sameSite", "browsers refuse None without secure", "secure: true"];
  if (/^__(?:Host|Secure)-/i.test(cookie) && !secure)
    return ["cookie", `browsers refuse ${show(cookie)} without secure`, "secure: true, or another name"];
  if (/^__Host-/i.test(cookie) && (path !== "/" || scope !== ""))
    return ["cookie", `browsers refuse ${show(cookie)} with a path or domain`, 'path "/" and no domain'];
  return null;
}
