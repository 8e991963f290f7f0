/** `sticky` of a pool: a cookie that keeps a client at its target. */
import { z } from "zod";
import { isHostName } from "../../bytes/address.ts";
import { check } from "../../schema/check.ts";
import type { Report } from "../../schema/check.ts";
import { option } from "../../schema/facts.ts";
import { cookieName } from "../../schema/token.ts";
import { Refusal, choice, duration, hidden, show, text } from "../../schema/value.ts";

export interface NormalSticky {
  readonly cookie: string;
  /** Seconds; 0: until the browser is closed. */
  readonly maxAge: number;
  readonly path: string;
  readonly sameSite: "Lax" | "Strict" | "None" | "";
  readonly secure: boolean;
  readonly httpOnly: boolean;
  readonly domain: string;
  /** Null: one is made when the plan is compiled. */
  readonly secret: string | null;
}

const DEFAULT_STICKY = {
  cookie: "rt-target",
  /** Seconds; 0: gone with the browser's session, as the session that it keeps together mostly is. */
  maxAge: 0,
  path: "/",
  /** What browsers take for a cookie that does not say. */
  sameSite: "Lax",
  /** The edge may be reached without TLS; where it is not, say true. */
  secure: false,
  /** No script has a use for it. */
  httpOnly: true,
  domain: "",
} as const;

/** RFC 6265bis: browsers keep no cookie for longer. */
const MOST_AGE = 400 * 86_400_000;

/** RFC 6265 §4.1.1: path-value is any character but controls and ";". */
const cookiePath = text(
  'a path such as "/"',
  (input) =>
    /^\/[\x20-\x3a\x3c-\x7e]*$/.test(input) ? input : new Refusal(`${show(input)} is not a path of a cookie`),
  { values: "path" },
);

const domain = text(
  'a domain such as "shop.test", or "" for this host alone',
  (input) => {
    // RFC 6265 §5.2.3: a dot in front means nothing.
    const name = input.toLowerCase().replace(/^\./, "");
    return name === "" || isHostName(name) ? name : new Refusal(`${show(input)} is not a domain`);
  },
  { values: "domain" },
);

/** As for the admin token: 16 random letters and digits are 95 bits. */
const MIN_SECRET = 16;
const MAX_SECRET = 256;

const secret = hidden(`a secret of ${MIN_SECRET} to ${MAX_SECRET} characters`, MIN_SECRET, MAX_SECRET, () => "", {
  maxLength: MAX_SECRET,
});

/** Max-Age counts seconds (RFC 6265 §5.2.2), and 0 there would delete the cookie. */
const maxAge = duration(0, MOST_AGE).transform((milliseconds) => Math.ceil(milliseconds / 1000));

const stickyObject = z.strictObject({
  cookie: option(
    cookieName.default(DEFAULT_STICKY.cookie),
    "Its name. Each pool has one of its own, or a `path` of its own.",
  ),
  maxAge: option(
    maxAge.default(DEFAULT_STICKY.maxAge),
    "How long a browser keeps it, in whole seconds. 0: until it is closed.",
    { values: "0 to 400d" },
  ),
  path: option(cookiePath.default(DEFAULT_STICKY.path), "Requests below it carry the cookie."),
  sameSite: option(
    choice("Lax", "Strict", "None", "").default(DEFAULT_STICKY.sameSite),
    '`None` asks for `secure`. `""`: the cookie does not say.',
  ),
  secure: option(z.boolean().default(DEFAULT_STICKY.secure), "Browsers send it only over TLS."),
  httpOnly: option(z.boolean().default(DEFAULT_STICKY.httpOnly), "Scripts cannot read it."),
  domain: option(
    domain.default(DEFAULT_STICKY.domain),
    'Its subdomains get the cookie too. `""`: only the host that was asked.',
  ),
  secret: option(secret.optional(), "Signs the cookie."),
});

type StickyParts = z.output<typeof stickyObject>;

/** Null: requests are not bound to targets. */
export const sticky = option(
  z
    .union([z.boolean(), refusedByBrowsers(stickyObject)])
    .transform((input): NormalSticky | null => {
      if (input === false) return null;
      return input === true ? { ...DEFAULT_STICKY, secret: null } : { ...input, secret: input.secret ?? null };
    })
    .default(null),
  "`true`: with every default.",
  { values: "true, false, or an object", initial: "`false`" },
);

/** What would be thrown away on arrival (RFC 6265bis §4.1.2.7, §4.1.3). */
function refusedByBrowsers(object: typeof stickyObject): typeof stickyObject {
  const sameSite = check(object, ["sameSite", "secure"], (parts, report) => {
    if (parts.sameSite !== "None" || parts.secure) return;
    report(["sameSite"], "browsers refuse None without secure", { expected: "secure: true" });
  });
  return check(sameSite, ["cookie", "path", "secure", "domain"], checkPrefix);
}

function checkPrefix(
  { cookie, path, secure, domain: scope }: Pick<StickyParts, "cookie" | "path" | "secure" | "domain">,
  report: Report,
): void {
  if (/^__(?:Host|Secure)-/i.test(cookie) && !secure) {
    const expected = "secure: true, or another name";
    report(["cookie"], `browsers refuse ${show(cookie)} without secure`, { expected });
  } else if (/^__Host-/i.test(cookie) && (path !== "/" || scope !== "")) {
    const expected = 'path "/" and no domain';
    report(["cookie"], `browsers refuse ${show(cookie)} with a path or domain`, { expected });
  }
}
