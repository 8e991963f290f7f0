import { RequestHead } from "../contract/head.ts";
import { parseRequestHead } from "../http/h1/request-head.ts";

export interface TestRequest {
  readonly method?: string;
  readonly target?: string;
  /** Value of Host; null: a request of HTTP/1.0 without it. */
  readonly host?: string | null;
  readonly fields?: ReadonlyArray<readonly [string, string]>;
}

const LIMITS = { requestLine: 8192, field: 8192, fields: 100, head: 32_768 };

/** A head as traffic brings it. */
export function headOf({ method = "GET", target = "/", host = "shop.test", fields = [] }: TestRequest): RequestHead {
  const lines = host === null ? fields : [["Host", host] as const, ...fields];
  const text = lines.map(([name, value]) => `${name}: ${value}\r\n`).join("");
  // Something before and behind, so that no offset is right by chance.
  const bytes = Buffer.from(`before${method} ${target} HTTP/1.${host === null ? 0 : 1}\r\n${text}\r\nbehind`, "latin1");
  const head = new RequestHead();
  const end = parseRequestHead(bytes, 6, bytes.length, head, LIMITS);
  if (end <= 0) throw new Error(`the test's request does not parse: ${end}, ${bytes.toString("latin1")}`);
  return head;
}
