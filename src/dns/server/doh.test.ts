import { describe, expect, test } from "bun:test";
import { Responder } from "../authority/responder.ts";
import { queryPacket, shopZones } from "../authority/zones-for-tests.ts";
import { readMessage } from "../wire/message.ts";
import { answerDoh, createDohHandler, DNS_MESSAGE, type DohRequest, type DohResponse } from "./doh.ts";

const responder = new Responder(shopZones());
const QUERY = queryPacket("www.shop.test.", "A", { id: 0 });

function base64url(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("base64url");
}

function atOnce(response: DohResponse | Promise<DohResponse>): DohResponse {
  if (response instanceof Promise) throw new Error("the answer does not come at once");
  return response;
}

function ask(parts: Partial<DohRequest>): DohResponse {
  const nothing = { method: "GET", query: "", contentType: "", body: new Uint8Array(0), clientAddress: "192.0.2.1" };
  return atOnce(answerDoh(responder, { ...nothing, ...parts }));
}

function get(name: string, type = "A", parts: Parameters<typeof queryPacket>[2] = {}): DohResponse {
  return ask({ query: `dns=${base64url(queryPacket(name, type, parts))}` });
}

function post(body: Uint8Array, contentType = DNS_MESSAGE): DohResponse {
  return ask({ method: "POST", body, contentType });
}

describe("GET and POST", () => {
  test("bring the same answer", () => {
    const [byGet, byPost] = [get("www.shop.test.", "A", { id: 0 }), post(QUERY)];
    expect(byGet).toMatchObject({ status: 200, contentType: DNS_MESSAGE, cacheControl: "max-age=60" });
    expect(readMessage(byGet.body).answers).toHaveLength(1);
    expect(byPost).toEqual(byGet);
  });

  test("answers longer than UDP's are whole", () => {
    expect(readMessage(get("big.shop.test.", "TXT").body).answers).toHaveLength(1);
  });

  test("a padded query has a padded answer", () => {
    expect(get("www.shop.test.", "A", { opt: { options: [[12, "0000"]] } }).body.length).toBe(468);
  });

  test("HEAD is GET without its body", () => {
    const query = `dns=${base64url(QUERY)}`;
    const head = ask({ method: "HEAD", query });
    expect(head.body.length).toBe(0);
    expect({ ...head, body: null }).toEqual({ ...ask({ query }), body: null });
  });

  test("other parameters are passed over", () => {
    expect(ask({ query: `ct=x&dns=${base64url(QUERY)}&y` }).status).toBe(200);
  });

  test("each answer has memory of its own", () => {
    const first = get("www.shop.test.");
    const copy = first.body.slice();
    get("mail.shop.test.");
    expect(first.body).toEqual(copy);
  });
});

describe("how long an answer may be kept", () => {
  const cacheOf = (name: string, type = "A"): string => get(name, type).cacheControl;

  test("the smallest TTL of the answer, CNAMEs included", () => {
    expect([cacheOf("mail.shop.test."), cacheOf("alias.shop.test."), cacheOf("shop.test.", "MX")]).toEqual([
      "max-age=3600",
      "max-age=60",
      "max-age=3600",
    ]);
  });

  test("RFC 2308: a negative answer as long as the SOA says", () => {
    expect([cacheOf("none.shop.test."), cacheOf("www.shop.test.", "MX")]).toEqual(["max-age=300", "max-age=300"]);
  });

  test("a referral as long as its NS", () => {
    expect(cacheOf("h.sub.shop.test.")).toBe("max-age=3600");
  });

  test("errors not at all, but they are answers", () => {
    expect(get("other.test.")).toMatchObject({ status: 200, cacheControl: "no-store" });
  });
});

describe("what is no query", () => {
  test("GET without one that can be read is 400", () => {
    for (const query of [
      "",
      "dns",
      "dns=",
      "dns=AAAA",
      `dns=${base64url(QUERY)}=`,
      "dns=%41%41",
      `xdns=${base64url(QUERY)}`,
    ]) {
      expect({ query, status: ask({ query }).status }).toEqual({ query, status: 400 });
    }
    const twice = `dns=${base64url(QUERY)}&dns=${base64url(QUERY)}`;
    expect(ask({ query: twice }).status).toBe(400);
  });

  test("an answer instead of a query is 400", () => {
    expect(post(Uint8Array.from(QUERY, (byte, at) => (at === 2 ? 0x80 : byte))).status).toBe(400);
  });

  test("a body of another type is 415, parameters and case do not matter", () => {
    expect([post(QUERY, "application/json").status, post(QUERY, "").status]).toEqual([415, 415]);
    expect(post(QUERY, "Application/DNS-Message; charset=x").status).toBe(200);
  });

  test("a body that no message can have", () => {
    expect([post(new Uint8Array(11)).status, post(new Uint8Array(65_536)).status]).toEqual([400, 413]);
  });

  test("other methods are 405, with those that are allowed", () => {
    expect(ask({ method: "PUT" })).toMatchObject({ status: 405, allow: "GET, HEAD, POST" });
  });

  test("what handlers take has no place here", () => {
    const handler = { handles: () => true, handle: () => Promise.resolve() };
    const one = new Responder(shopZones(), { handlers: [handler] });
    const body = queryPacket("shop.test.", "AXFR");
    const request = { method: "POST", query: "", contentType: DNS_MESSAGE, body, clientAddress: "192.0.2.1" };
    expect(atOnce(answerDoh(one, request)).status).toBe(501);
  });
});

describe("createDohHandler", () => {
  const handle = createDohHandler(responder);
  const client = { clientAddress: "192.0.2.1" };

  test("GET, HEAD and POST over the platform's objects", async () => {
    const url = `https://dns.shop.test/dns-query?dns=${base64url(QUERY)}`;
    const byGet = await handle(new Request(url), client);
    expect([byGet.status, byGet.headers.get("content-type"), byGet.headers.get("cache-control")]).toEqual([
      200,
      DNS_MESSAGE,
      "max-age=60",
    ]);
    const bytes = await byGet.bytes();
    expect(byGet.headers.get("content-length")).toBe(String(bytes.length));
    const headers = { "content-type": DNS_MESSAGE };
    const request = new Request("https://dns.shop.test/dns-query", {
      method: "POST",
      body: Buffer.from(QUERY),
      headers,
    });
    expect(await (await handle(request, client)).bytes()).toEqual(bytes);
    const head = await handle(new Request(url, { method: "HEAD" }), client);
    expect([head.headers.get("content-length"), (await head.bytes()).length]).toEqual([String(bytes.length), 0]);
  });

  test("a body is read no further than it may be long", async () => {
    let sent = 0;
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        sent++;
        controller.enqueue(new Uint8Array(16_384));
      },
    });
    const headers = { "content-type": DNS_MESSAGE };
    const request = new Request("https://dns.shop.test/", { method: "POST", body, headers });
    expect((await handle(request, client)).status).toBe(413);
    expect(sent).toBeLessThan(10);
  });
});
