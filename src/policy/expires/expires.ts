import type { Env } from "../../contract/env.ts";
import type { Exchange } from "../../contract/exchange.ts";
import type { FieldEdits } from "../../contract/field-edits.ts";
import { FieldId } from "../../contract/field-id.ts";
import { FIELD_STRIDE, type ResponseHead } from "../../contract/head.ts";
import type { Policy, PolicyContext } from "../../contract/policy.ts";
import { formatDuration } from "../../schema/units.ts";
import { httpDate } from "../../time/http-date.ts";

/** Lifetimes in milliseconds. */
export interface ExpiresOptions {
  /** For what `types` does not name; undefined: nothing is said of it. */
  readonly after?: number | undefined;
  /** By media type, "image/*" for all of a kind. */
  readonly types?: Readonly<Record<string, number>> | undefined;
  /** Also for replies that say themselves how long they are fresh. */
  readonly override?: boolean | undefined;
}

/** Replies whose content or absence a lifetime is about: those of nginx's `expires`. */
const STATUSES: ReadonlySet<number> = new Set([200, 201, 204, 206, 301, 302, 303, 304, 307, 308]);

/** The two fields of one lifetime, made again when the second has changed. */
class Lines {
  readonly lifetime: number;
  #bytes: Buffer = Buffer.alloc(0);
  #second = -1;

  constructor(lifetime: number) {
    this.lifetime = lifetime;
  }

  at(env: Env): Buffer {
    const second = Math.floor(env.time() / 1000);
    if (second !== this.#second) {
      this.#second = second;
      const seconds = Math.floor(this.lifetime / 1000);
      // RFC 9111 §5.2.2.4: what is stale at once is stored all the same, and validated before it is used.
      const directive = seconds === 0 ? "no-cache" : `max-age=${seconds}`;
      const expires = httpDate((second + seconds) * 1000);
      this.#bytes = Buffer.from(`Cache-Control: ${directive}\r\nExpires: ${expires}\r\n`, "latin1");
    }
    return this.#bytes;
  }
}

/**
 * Says for how long a reply is fresh (RFC 9111 §5.2.2.1, §5.3) where the origin does not, counted from the reply.
 * It stands on the origin's side: what it says, a store goes by.
 */
export class ExpiresPolicy implements Policy {
  readonly name = "expires";
  readonly side = "origin";
  readonly #env: Env;
  readonly #after: Lines | null;
  readonly #types: ReadonlyMap<string, Lines> | null;
  readonly #override: boolean;

  constructor(options: ExpiresOptions, context: Pick<PolicyContext, "env">) {
    const types = Object.entries(options.types ?? {});
    this.#env = context.env;
    this.#after = options.after === undefined ? null : new Lines(options.after);
    this.#types =
      types.length === 0 ? null : new Map(types.map(([type, after]) => [type.toLowerCase(), new Lines(after)]));
    this.#override = options.override === true;
  }

  onReply(head: ResponseHead, edits: FieldEdits, _exchange: Exchange): void {
    if (!STATUSES.has(head.status)) return;
    const lines = this.#linesFor(head);
    if (lines === null) return;
    if (this.#override) {
      removeAll(head, FieldId.cacheControl, edits);
      removeAll(head, FieldId.expires, edits);
    } else if (head.find(FieldId.cacheControl) !== -1 || head.find(FieldId.expires) !== -1) {
      return;
    }
    edits.addLines(lines.at(this.#env));
  }

  #linesFor(head: ResponseHead): Lines | null {
    if (this.#types === null) return this.#after;
    const at = head.find(FieldId.contentType);
    if (at === -1) return this.#after;
    const value = head.value(at);
    const semicolon = value.indexOf(";");
    const type = (semicolon === -1 ? value : value.slice(0, semicolon)).trim().toLowerCase();
    return this.#types.get(type) ?? this.#types.get(`${type.slice(0, type.indexOf("/"))}/*`) ?? this.#after;
  }

  describe(): string {
    const named = [...(this.#types ?? [])].map(([type, { lifetime }]) => `${type} ${formatDuration(lifetime)}`);
    const others =
      this.#after === null ? [] : [`${named.length === 0 ? "" : "others "}${formatDuration(this.#after.lifetime)}`];
    const where = this.#override ? "in place of what the reply says" : "where the reply does not say";
    return `fresh for ${[...named, ...others].join(", ")}, ${where}`;
  }
}

function removeAll(head: ResponseHead, id: FieldId, edits: FieldEdits): void {
  for (let at = head.find(id); at !== -1; at = head.find(id, at + FIELD_STRIDE)) edits.remove(at);
}
