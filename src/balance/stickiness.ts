import { createHmac } from "node:crypto";
import { isSame } from "../bytes/byte-compare.ts";
import type { Stickiness, PickRequest, PickState } from "../contract/balancer.ts";
import type { RequestHead } from "../contract/head.ts";
import type { Target } from "../contract/target.ts";
import { CookieSource } from "../http/values/cookie-source.ts";
import { hashBytes } from "./hash.ts";
import type { TargetConsidered } from "../contract/trace-record.ts";
import { isOpen } from "./chooser.ts";
import type { PoolPlan } from "../contract/plan.ts";

export interface StickinessOptions {
  /** Name of the cookie. */
  readonly cookie: string;
  /** Whoever knows it can choose a target. The same secret gives the same cookies after a restart and on other edges. */
  readonly secret: Uint8Array;
  readonly pool: string;
  readonly path: string;
  /** Seconds; 0 = until the browser closes. */
  readonly maxAge: number;
  readonly sameSite: "Lax" | "Strict" | "None" | "";
  readonly secure: boolean;
  readonly httpOnly: boolean;
  /** "": the host that answered, and no other. */
  readonly domain: string;
}

export function createStickiness(options: StickinessOptions): Stickiness {
  return new StickyCookie(options);
}

/** Bytes kept of the HMAC: 128 bits cannot be guessed. */
const TAG_LENGTH = 16;

/** What belongs to one address: it depends on nothing else, so it is made once. */
interface Binding {
  readonly value: Buffer;
  readonly line: Buffer;
}

/**
 * The cookie's value is HMAC-SHA256(secret, pool NUL address), cut to 128 bits: it shows no address, nobody without
 * the secret can make one, and it names the target without a table that a restart would lose. The HMAC is made once
 * per target; a request only looks the bytes of its cookie up.
 */
class StickyCookie implements Stickiness {
  readonly cookie: string;
  readonly #options: StickinessOptions;
  readonly #source: CookieSource;
  #bindings = new Map<string, Binding>();
  /** The list that the table below was made of. The pool replaces it when somebody joins or leaves. */
  #targets: readonly Target[] = [];
  /** Value of the target at each index. */
  #values: Buffer[] = [];
  /** Open addressing by the hash of the value: index of the target + 1, 0 = free. Its length is a power of two. */
  #table = new Uint32Array(2);

  constructor(options: StickinessOptions) {
    this.cookie = options.cookie;
    this.#options = options;
    this.#source = new CookieSource(options.cookie);
  }

  read(head: RequestHead, targets: readonly Target[]): Target | null {
    if (targets !== this.#targets) this.#index(targets);
    const source = this.#source;
    source.begin(head);
    // Two cookies with one name (of two paths or domains) may come: the first that names a target counts.
    while (source.next()) {
      const target = this.#find(source.bytes, source.start, source.end);
      if (target !== null) return target;
    }
    return null;
  }

  present(head: RequestHead): boolean {
    this.#source.begin(head);
    return this.#source.next();
  }

  line(target: Target): Buffer {
    return this.#bind(target.address).line;
  }

  describe(): string {
    return `cookie ${this.cookie}`;
  }

  #find(bytes: Buffer, start: number, end: number): Target | null {
    const table = this.#table;
    const mask = table.length - 1;
    for (let slot = hashBytes(bytes, start, end) & mask; table[slot] !== 0; slot = (slot + 1) & mask) {
      const index = table[slot]! - 1;
      if (isSame(bytes, start, end, this.#values[index]!)) return this.#targets[index]!;
    }
    return null;
  }

  #index(targets: readonly Target[]): void {
    const before = this.#bindings;
    this.#bindings = new Map();
    this.#targets = targets;
    this.#values = [];
    // At most half full.
    this.#table = new Uint32Array(2 ** Math.ceil(Math.log2(2 * targets.length + 2)));
    const mask = this.#table.length - 1;
    for (const [index, { address }] of targets.entries()) {
      const binding = before.get(address) ?? this.#make(address);
      this.#bindings.set(address, binding);
      const { value } = binding;
      this.#values.push(value);
      let slot = hashBytes(value, 0, value.length) & mask;
      while (this.#table[slot] !== 0) slot = (slot + 1) & mask;
      this.#table[slot] = index + 1;
    }
  }

  #bind(address: string): Binding {
    let binding = this.#bindings.get(address);
    if (binding === undefined) {
      binding = this.#make(address);
      this.#bindings.set(address, binding);
    }
    return binding;
  }

  #make(address: string): Binding {
    const { secret, pool } = this.#options;
    const tag = createHmac("sha256", secret).update(`${pool}\0${address}`).digest().subarray(0, TAG_LENGTH);
    const value = tag.toString("base64url");
    return { value: Buffer.from(value), line: Buffer.from(setCookieLine(this.#options, value)) };
  }
}

/** RFC 6265 §4.1.1. */
function setCookieLine(options: StickinessOptions, value: string): string {
  const { cookie, domain, path, maxAge, sameSite, secure, httpOnly } = options;
  const parts = [`${cookie}=${value}`];
  if (path !== "") parts.push(`Path=${path}`);
  if (domain !== "") parts.push(`Domain=${domain}`);
  if (maxAge > 0) parts.push(`Max-Age=${maxAge}`);
  if (sameSite !== "") parts.push(`SameSite=${sameSite}`);
  if (secure) parts.push("Secure");
  if (httpOnly) parts.push("HttpOnly");
  return `Set-Cookie: ${parts.join("; ")}\r\n`;
}

/** What a client's binding depends on, besides the target. */
export interface StickyPool {
  readonly targets: readonly Target[];
  readonly panic: boolean;
  /** Targets that are no backups serve. */
  readonly hasPrimaries: boolean;
}

/**
 * Whether the target that the client is bound to can serve it now. Its weight does not matter: 0 keeps new clients
 * away and not those it has. A backup keeps nobody once others serve: it stands in, and may be smaller than they are.
 */
export function isUsableSticky(target: Target, pool: StickyPool, request: PickRequest): boolean {
  const { targets, panic, hasPrimaries } = pool;
  if (targets[target.index] !== target || target.draining || (target.down && !panic)) return false;
  if (target.backup && hasPrimaries) return false;
  return isOpen(target, request);
}

/** Corrects the notes of the algorithm, which would have picked otherwise. */
export function noteSticky(sticky: Target, considered: TargetConsidered[]): void {
  for (const [index, note] of considered.entries()) {
    if (note.target === sticky.address) {
      considered[index] = { ...note, verdict: "picked", detail: "the client's cookie names it" };
    } else if (note.verdict === "picked") {
      considered[index] = { ...note, verdict: "passed-over", detail: "the algorithm's choice without the cookie" };
    }
  }
}

/** Finds the target that the client's cookie names; nothing to do in a pool without stickiness. */
export function readStickiness(pick: PickState, head: RequestHead, pool: PoolPlan): void {
  const { stickiness } = pool;
  if (stickiness === null) return;
  pick.sticky = stickiness.read(head, pool.live.targets);
  pick.stickyLost = pick.sticky === null && stickiness.present(head);
}

/** The line `Set-Cookie: …\r\n` that binds the client to the target which answers; null: it needs none. */
export function stickyLine({ sticky }: PickRequest, pool: PoolPlan, target: Target): Buffer | null {
  const { stickiness } = pool;
  return stickiness === null || target === sticky ? null : stickiness.line(target);
}
