import { describe, expect, test } from "bun:test";
import { RecordType, ResponseCode } from "../wire/record-type.ts";
import { APEX } from "../zone/name-table.ts";
import { AnswerWriter } from "./answer-writer.ts";
import { ask, type Reply, wire, zoneFrom } from "./ask-for-tests.ts";
import { AuthoritativeZone } from "./authoritative-zone.ts";
import type { DynamicAnswer } from "./dynamic-answer.ts";

const SOA = "example. SOA ns1.example. hostmaster.example. 1 7200 900 1209600 300";

function asking(text: string, apex = "example."): (name: string, type: string) => Reply {
  const zone = new AuthoritativeZone(zoneFrom(text, apex));
  return (name, type) => ask([zone], name, type);
}

describe("wildcards (RFC 4592 §2.2.1)", () => {
  const at = asking(`
    @ NS ns.example.com.
    @ NS ns.example.net.
    * TXT "this is a wildcard"
    * MX 10 host1
    sub.* TXT "this is not a wildcard"
    host1 A 192.0.2.1
    _ssh._tcp.host1 SRV 0 0 22 host1
    _ssh._tcp.host2 SRV 0 0 22 host1
    subdel NS ns.example.com.
    subdel NS ns.example.net.`);

  test.each([
    ["host3.example.", "MX", ["host3.example. MX 10 host1.example."]],
    ["host3.example.", "A", []],
    ["foo.bar.example.", "TXT", ['foo.bar.example. TXT "this is a wildcard"']],
    // Names that exist, empty ones too, and names below them are not the wildcard's.
    ["host1.example.", "MX", []],
    ["sub.*.example.", "MX", []],
    ["*.example.", "TXT", ['*.example. TXT "this is a wildcard"']],
  ])("%s %s", (name, type, answer) => {
    const reply = at(name, type);
    expect(reply.code).toBe("NOERROR");
    expect(reply.answer).toEqual(answer);
    expect(reply.authority).toEqual(answer.length === 0 ? [SOA] : []);
  });

  test.each(["_telnet._tcp.host1.example.", "ghost.*.example.", "x._tcp.host2.example."])(
    "%s does not exist",
    (name) => {
      const reply = at(name, "SRV");
      expect(reply.code).toBe("NXDOMAIN");
      expect(reply.authority).toEqual([SOA]);
    },
  );

  test("what the wildcard's MX names comes along, under the name asked for and in its letters", () => {
    const reply = at("HOST3.example.", "MX");
    expect(reply.answer).toEqual(["HOST3.example. MX 10 host1.example."]);
    expect(reply.additional).toEqual(["host1.example. A 192.0.2.1"]);
  });

  test("below a delegation there is none", () => {
    const reply = at("host.subdel.example.", "A");
    expect(reply.isAuthoritative).toBe(false);
    expect(reply.authority).toEqual(["subdel.example. NS ns.example.com.", "subdel.example. NS ns.example.net."]);
  });

  test("an empty non-terminal has no records and no wildcard", () => {
    expect(at("_tcp.host1.example.", "TXT")).toMatchObject({ code: "NOERROR", answer: [], authority: [SOA] });
    expect(at("host2.example.", "MX")).toMatchObject({ code: "NOERROR", answer: [], authority: [SOA] });
  });
});

describe("RFC 1034 §6.2", () => {
  const at = asking(
    `
    @ SOA sri-nic hostmaster 870611 1800 300 604800 86400
    @ NS a.isi.edu.
    @ NS c.isi.edu.
    usc-isic CNAME c.isi.edu.
    c CNAME sri-nic
    bad CNAME nowhere
    sri-nic A 26.0.0.73
    sri-nic A 10.0.0.51
    sri-nic MX 0 sri-nic
    sri-nic HINFO DEC-2060 TOPS20`,
    "arpa.",
  );

  test("§6.2.1 an address", () => {
    expect(at("sri-nic.arpa.", "A").answer).toEqual(["sri-nic.arpa. A 26.0.0.73", "sri-nic.arpa. A 10.0.0.51"]);
  });

  test("§6.2.3 MX with the addresses of its host", () => {
    const reply = at("sri-nic.arpa.", "MX");
    expect(reply.answer).toEqual(["sri-nic.arpa. MX 0 sri-nic.arpa."]);
    expect(reply.additional).toEqual(["sri-nic.arpa. A 26.0.0.73", "sri-nic.arpa. A 10.0.0.51"]);
  });

  test("§6.2.4, §6.2.5 no such type, no such name", () => {
    const soa = ["arpa. SOA sri-nic.arpa. hostmaster.arpa. 870611 1800 300 604800 86400"];
    expect(at("sri-nic.arpa.", "NS")).toMatchObject({ code: "NOERROR", answer: [], authority: soa });
    expect(at("sir-nic.arpa.", "A")).toMatchObject({ code: "NXDOMAIN", answer: [], authority: soa });
  });

  test("§6.2.7 a CNAME that leaves the zone, and one asked for itself", () => {
    for (const type of ["A", "CNAME"]) {
      expect(at("usc-isic.arpa.", type)).toMatchObject({
        code: "NOERROR",
        answer: ["usc-isic.arpa. CNAME c.isi.edu."],
        authority: [],
      });
    }
  });

  test("a CNAME is followed in the zone; its end tells the code (RFC 6604 §3)", () => {
    expect(at("c.arpa.", "HINFO").answer).toEqual([
      "c.arpa. CNAME sri-nic.arpa.",
      'sri-nic.arpa. HINFO "DEC-2060" "TOPS20"',
    ]);
    expect(at("c.arpa.", "TXT")).toMatchObject({ code: "NOERROR", answer: ["c.arpa. CNAME sri-nic.arpa."] });
    expect(at("bad.arpa.", "A")).toMatchObject({ code: "NXDOMAIN", answer: ["bad.arpa. CNAME nowhere.arpa."] });
  });
});

test("negative answers live as long as the smaller of the SOA's TTL and MINIMUM (RFC 2308 §5)", () => {
  const soa = (ttl: number, minimum: number): string => `@ ${ttl} SOA ns1 h 1 7200 900 1209600 ${minimum}`;
  expect(asking(soa(3600, 60))("x.example.", "A").message.authority[0]!.ttl).toBe(60);
  expect(asking(soa(30, 60))("x.example.", "A").message.authority[0]!.ttl).toBe(30);
});

describe("DNAME (RFC 6672)", () => {
  const long = `${"a".repeat(63)}.${"b".repeat(63)}.${"c".repeat(63)}`;
  const at = asking(`
    @ NS ns1
    old DNAME new
    old TXT "the owner itself"
    hidden.old A 192.0.2.66
    a.new A 192.0.2.1
    b.new CNAME x.old
    x.new A 192.0.2.2
    away DNAME example.net.
    loop DNAME in.loop
    same DNAME same
    d2 DNAME @
    d2 A 192.0.2.2
    *.w DNAME new
    long DNAME ${long}.example.`);

  test("redirects what lies below its owner, and not that", () => {
    expect(at("a.old.example.", "A").answer).toEqual([
      "old.example. DNAME new.example.",
      "a.old.example. CNAME a.new.example.",
      "a.new.example. A 192.0.2.1",
    ]);
    expect(at("old.example.", "TXT").answer).toEqual(['old.example. TXT "the owner itself"']);
    expect(at("old.example.", "A")).toMatchObject({ code: "NOERROR", answer: [] });
  });

  test("hides names of the zone below it", () => {
    const reply = at("hidden.old.example.", "A");
    expect(reply.code).toBe("NXDOMAIN");
    expect(reply.answer.at(-1)).toBe("hidden.old.example. CNAME hidden.new.example.");
  });

  test("leads out of the zone", () => {
    expect(at("www.away.example.", "A").answer).toEqual([
      "away.example. DNAME example.net.",
      "www.away.example. CNAME www.example.net.",
    ]);
  });

  test("is YXDOMAIN when the name becomes too long (§2.2)", () => {
    const reply = at(`${"d".repeat(60)}.long.example.`, "A");
    expect(reply.code).toBe("YXDOMAIN");
    expect(reply.answer).toEqual([`long.example. DNAME ${long}.example.`]);
    // One byte less than the limit allows.
    expect(at(`${"d".repeat(52)}.long.example.`, "A").code).toBe("NXDOMAIN");
    expect(at(`${"d".repeat(54)}.long.example.`, "A").code).toBe("YXDOMAIN");
  });

  test("stands in the answer once, however many names it redirects: a loop that grows is cut off", () => {
    const { answer } = at("x.loop.example.", "A");
    expect(answer.slice(0, 3)).toEqual([
      "loop.example. DNAME in.loop.example.",
      "x.loop.example. CNAME x.in.loop.example.",
      "x.in.loop.example. CNAME x.in.in.loop.example.",
    ]);
    expect(answer).toHaveLength(18);
  });

  test("a loop to the same name ends where it closes", () => {
    expect(at("x.same.example.", "A").answer).toEqual([
      "same.example. DNAME same.example.",
      "x.same.example. CNAME x.same.example.",
    ]);
  });

  test("redirects again, and to its own owner, whose records are given", () => {
    expect(at("d2.d2.example.", "A")).toMatchObject({
      code: "NOERROR",
      answer: ["d2.example. DNAME example.", "d2.d2.example. CNAME d2.example.", "d2.example. A 192.0.2.2"],
    });
    expect(at("d2.d2.example.", "AAAA")).toMatchObject({ code: "NOERROR", authority: [SOA] });
    expect(at("x.d2.d2.example.", "A")).toMatchObject({
      code: "NXDOMAIN",
      answer: ["d2.example. DNAME example.", "x.d2.d2.example. CNAME x.d2.example.", "x.d2.example. CNAME x.example."],
      authority: [SOA],
    });
  });

  test("of a wildcard redirects only below names that the wildcard stands for by its own name", () => {
    // RFC 4592 §4.4: `*.w` is an owner like any other; names below it by label are redirected.
    expect(at("a.*.w.example.", "A").answer[0]).toBe("*.w.example. DNAME new.example.");
  });
});

describe("delegations", () => {
  const at = asking(`
    @ NS ns1
    ns1 A 192.0.2.53
    inside NS ns.inside
    inside NS ns1
    inside NS ns.sibling
    inside NS ns.elsewhere.test.
    ns.inside A 192.0.2.81
    ns.inside AAAA 2001:db8::81
    sibling NS ns.sibling
    ns.sibling A 192.0.2.82
    signed NS ns1
    signed DS 1 13 2 ${"00".repeat(32)}
    deep.inside NS ns.deep.inside
    to CNAME www.inside`);

  const NS = ["ns.inside.example.", "ns1.example.", "ns.sibling.example.", "ns.elsewhere.test."].map(
    (host) => `inside.example. NS ${host}`,
  );
  const GLUE = [
    "ns.inside.example. A 192.0.2.81",
    "ns.inside.example. AAAA 2001:db8::81",
    "ns1.example. A 192.0.2.53",
    "ns.sibling.example. A 192.0.2.82",
  ];

  test.each(["inside.example.", "www.inside.example.", "ns.inside.example.", "x.deep.inside.example."])(
    "%s is referred, with the addresses that the zone has",
    (name) => {
      const reply = at(name, "A");
      expect(reply).toMatchObject({ code: "NOERROR", isAuthoritative: false, answer: [] });
      expect(reply.authority).toEqual(NS);
      expect(reply.additional).toEqual(GLUE);
    },
  );

  test("an alias into one is answered with authority, then referred", () => {
    const reply = at("to.example.", "A");
    expect(reply).toMatchObject({ isAuthoritative: true, answer: ["to.example. CNAME www.inside.example."] });
    expect(reply.authority).toEqual(NS);
  });

  test("the DS is the parent's", () => {
    expect(at("signed.example.", "DS").answer).toEqual([`signed.example. DS 1 13 2 ${"00".repeat(32)}`]);
    expect(at("inside.example.", "DS")).toMatchObject({ isAuthoritative: true, answer: [], authority: [SOA] });
    expect(at("www.signed.example.", "DS").isAuthoritative).toBe(false);
  });

  test("DS at an apex: from the parent where that is served, else denied by the zone itself", () => {
    const parent = new AuthoritativeZone(zoneFrom(`sub NS ns.sub\nsub DS 1 13 2 ${"00".repeat(32)}`));
    const child = new AuthoritativeZone(zoneFrom("@ NS ns", "sub.example."));
    const grandparent = new AuthoritativeZone(zoneFrom("example NS ns.test.", "."));
    expect(ask([child, parent], "sub.example.", "DS").answer).toHaveLength(1);
    expect(ask([child, parent], "sub.example.", "NS").isAuthoritative).toBe(true);
    for (const zones of [[child], [child, grandparent]]) {
      const reply = ask(zones, "sub.example.", "DS");
      expect(reply).toMatchObject({ isAuthoritative: true, answer: [] });
      expect(reply.authority[0]).toStartWith("sub.example. SOA");
    }
  });
});

describe("chains", () => {
  const links = Array.from({ length: 40 }, (_, index) => `c${index} CNAME c${index + 1}`).join("\n");
  const at = asking(`${links}\na CNAME b\nb CNAME a\n*.w CNAME x.v\n*.v CNAME y.w\n*.deep CNAME end\nend A 192.0.2.1`);

  test("are cut off: the resolver asks for the rest", () => {
    expect(at("c0.example.", "A").answer).toHaveLength(17);
  });

  test("that are loops end where they close", () => {
    expect(at("a.example.", "A").answer).toEqual(["a.example. CNAME b.example.", "b.example. CNAME a.example."]);
  });

  test("may pass wildcards, each once", () => {
    expect(at("q.w.example.", "A").answer).toEqual([
      "q.w.example. CNAME x.v.example.",
      "x.v.example. CNAME y.w.example.",
    ]);
    expect(at("q.deep.example.", "A").answer).toEqual([
      "q.deep.example. CNAME end.example.",
      "end.example. A 192.0.2.1",
    ]);
  });
});

test("names of 255 bytes are found and denied", () => {
  const label = "x".repeat(63);
  const longest = `${"y".repeat(53)}.${label}.${label}.${label}.example.`;
  expect(wire(longest)).toHaveLength(255);
  const at = asking(`${longest} A 192.0.2.1\n*.short A 192.0.2.2`);
  expect(at(longest, "A").answer).toEqual([`${longest} A 192.0.2.1`]);
  expect(at(longest.replace("y", "z"), "A").code).toBe("NXDOMAIN");
  const below = `${"z".repeat(47)}.${label}.${label}.${label}.short.example.`;
  expect(wire(below)).toHaveLength(255);
  expect(at(below, "A").answer).toEqual([`${below} A 192.0.2.2`]);
});

test("HTTPS and SVCB bring what their target has (RFC 9460 §4.1)", () => {
  const at = asking(`
    @ HTTPS 0 edge
    www HTTPS 1 . alpn=h2
    www A 192.0.2.1
    none HTTPS 0 .
    none A 192.0.2.9
    _dns SVCB 1 edge alpn=dot
    *.w HTTPS 1 .
    *.w AAAA 2001:db8::2
    edge HTTPS 1 . alpn=h3
    edge A 192.0.2.3
    edge AAAA 2001:db8::3
    edge SVCB 1 . alpn=h2`);
  const edge = ["edge.example. A 192.0.2.3", "edge.example. AAAA 2001:db8::3"];
  expect(at("example.", "HTTPS").additional).toEqual([...edge, "edge.example. HTTPS 1 . alpn=h3"]);
  expect(at("_dns.example.", "SVCB").additional).toEqual([...edge, "edge.example. SVCB 1 . alpn=h2"]);
  expect(at("www.example.", "HTTPS").additional).toEqual(["www.example. A 192.0.2.1"]);
  expect(at("x.w.example.", "HTTPS").additional).toEqual(["x.w.example. AAAA 2001:db8::2"]);
  expect(at("none.example.", "HTTPS").additional).toEqual([]);
});

test("ANY is answered with one RRset (RFC 8482)", () => {
  const at = asking("www A 192.0.2.1\nwww A 192.0.2.2\nwww TXT x\nalias CNAME www\nb.a TXT x");
  expect(at("www.example.", "ANY").answer).toEqual(["www.example. A 192.0.2.1", "www.example. A 192.0.2.2"]);
  expect(at("alias.example.", "ANY").answer).toEqual(["alias.example. CNAME www.example."]);
  expect(at("a.example.", "ANY")).toMatchObject({ code: "NOERROR", answer: [] });
});

test("an RRset that fits no message is SERVFAIL, and additional records that do not are left out", () => {
  const text = Array.from({ length: 300 }, (_, index) => `big TXT "${"t".repeat(250)}${index}"`).join("\n");
  const hosts = Array.from({ length: 600 }, (_, index) => {
    const name = `${"h".repeat(50)}${index}`;
    return `@ MX 1 ${name}\n${name} A 192.0.2.1\n${name} AAAA 2001:db8::1`;
  });
  const writer = new AnswerWriter(wire("big.example."), true);
  const zone = zoneFrom(text);
  const set = zone.findSet(1, RecordType.TXT);
  for (let record = zone.recordStart[set]!; record < zone.recordStart[set + 1]!; record++) {
    writer.record("answer", null, RecordType.TXT, 60, zone.recordData(record));
  }
  expect(writer.finish()).toMatchObject({ responseCode: ResponseCode.SERVFAIL, answers: 0, authority: 0 });
  const reply = asking(hosts.join("\n"))("example.", "MX");
  expect(reply.answer).toHaveLength(600);
  expect(reply.additional).toEqual([]);
});

describe("answers that depend on who asks", () => {
  function steered(code: number): DynamicAnswer {
    return {
      types: [RecordType.A],
      subnetScope: 24,
      extendedError: code === ResponseCode.NOERROR ? 0 : 14,
      answer: (query) => {
        if (query.type !== RecordType.A) return null;
        const writer = new AnswerWriter(query.name.slice(0, query.nameLength), true);
        writer.responseCode = code;
        if (code === ResponseCode.NOERROR) writer.record("answer", null, RecordType.A, 5, Uint8Array.of(192, 0, 2, 99));
        return writer.finish();
      },
      describe: () => "always 192.0.2.99",
    };
  }

  test("come before the zone's records; other types and names are the zone's", () => {
    const data = zoneFrom("@ A 192.0.2.1\n@ TXT x\n* A 192.0.2.2\nwww CNAME @\nfixed A 192.0.2.3");
    const zone = new AuthoritativeZone(data);
    zone.dynamic.set(APEX, steered(ResponseCode.NOERROR));
    zone.dynamic.set(data.names.wildcardOf(APEX), steered(ResponseCode.NOERROR));
    expect(ask([zone], "example.", "A").answer).toEqual(["example. A 192.0.2.99"]);
    expect(zone.subnetScope).toBe(24);
    expect(ask([zone], "example.", "TXT").answer).toEqual(['example. TXT "x"']);
    expect(zone.subnetScope).toBe(-1);
    expect(ask([zone], "any.example.", "A").answer).toEqual(["any.example. A 192.0.2.99"]);
    expect(ask([zone], "fixed.example.", "A").answer).toEqual(["fixed.example. A 192.0.2.3"]);
    // The chain ends in front of it: the resolver asks again, and is then answered for itself.
    expect(ask([zone], "www.example.", "A")).toMatchObject({
      code: "NOERROR",
      answer: ["www.example. CNAME example."],
      authority: [],
    });
  });

  test("tell what is wrong", () => {
    const zone = new AuthoritativeZone(zoneFrom("@ A 192.0.2.1"));
    zone.dynamic.set(APEX, steered(ResponseCode.SERVFAIL));
    expect(ask([zone], "example.", "A").code).toBe("SERVFAIL");
    expect(zone.extendedError).toBe(14);
  });
});
