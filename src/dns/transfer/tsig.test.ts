import { describe, expect, test } from "bun:test";
import { createHmac } from "node:crypto";
import fc from "fast-check";
import { parseName } from "../wire/name.ts";
import { writeMessage } from "../wire/message.ts";
import { TsigAnswers } from "./tsig-answers.ts";
import { createTsigKey, type TsigKey, TsigKeyring } from "./tsig-key.ts";
import { findTsig, readTsig, TsigError, withTsig } from "./tsig-record.ts";
import { signRefusal, type TsigRequest, verifyRequest } from "./tsig-request.ts";
import { TsigSigner } from "./tsig-signer.ts";

const SECRET = "dmVjdG9yIHNlY3JldCB2ZWN0b3I=";
/** Queries as dig 9.18 signed them: `dig -y ALGORITHM:Vector.Key:… +noedns vector.test SOA`. */
const VECTORS: Readonly<Record<string, string>> = {
  "hmac-sha1":
    "a2490120000100000000000106766563746f720474657374000006000106766563746f72036b65790000fa00ff00000000002f09686d61632d736861310000006b003934012c001480f62f3c44527ea79b04f245d9def15f04b22926a24900000000",
  "hmac-sha256":
    "d5f80120000100000000000106766563746f720474657374000006000106766563746f72036b65790000fa00ff00000000003d0b686d61632d7368613235360000006b003935012c00200ccb2681261c11dfea147790940e981ee290802629e9e2e34ca74878cf798b06d5f800000000",
  "hmac-sha384":
    "6fe60120000100000000000106766563746f720474657374000006000106766563746f72036b65790000fa00ff00000000004d0b686d61632d7368613338340000006b003936012c0030b933dd20ab3bfe97d648dd1faa13b43a4e238263352edeb1675c06446c433a8daf9a5fa2c1b04e1cbf0dba5ed8aea1c56fe600000000",
  "hmac-sha512":
    "6b3f0120000100000000000106766563746f720474657374000006000106766563746f72036b65790000fa00ff00000000005d0b686d61632d7368613531320000006b003937012c0040ba0f3a654b5d2aec33ae46814a8399be0018141b6b3d3170e17e1cfe2159ff402da86ef8a2e9ae1a6fbf34d6ad65216caee0fd3a889e6382ef859378548eadfe6b3f00000000",
};
/** With `hmac-sha256-128`: the first 16 bytes of the MAC. */
const TRUNCATED =
  "f3f00120000100000000000106766563746f720474657374000006000106766563746f72036b65790000fa00ff00000000002d0b686d61632d7368613235360000006b003939012c00100e0d9b2de4c236c0ff524dee2917ddf8f3f000000000";
const MD5 =
  "e0ae0120000100000000000106766563746f720474657374000006000106766563746f72036b65790000fa00ff00000000003a08686d61632d6d6435077369672d616c670372656703696e740000006b003938012c00107d88057a8027141f151f4aa9c7e8dccbe0ae00000000";

const NOW = 1_795_700_000;
const key = createTsigKey({ name: "Some.Key", secret: SECRET });
const APEX = parseName("zone.test") as Uint8Array;

function bytes(hex: string): Uint8Array {
  return Uint8Array.from(Buffer.from(hex, "hex"));
}

function verify(message: Uint8Array, keys: readonly TsigKey[], now: number): TsigRequest {
  return verifyRequest(message, findTsig(message), new TsigKeyring(keys), now);
}

function timeOf(message: Uint8Array): number {
  return readTsig(message, findTsig(message))!.time;
}

function query(id = 7): Uint8Array {
  return writeMessage({ id, flags: 0, questions: [{ name: APEX, type: 6, class: 1 }] });
}

function errorOf(request: TsigRequest): number {
  return request.valid ? -1 : request.error;
}

describe("requests that dig signed", () => {
  test.each(Object.entries(VECTORS))("%s", (algorithm, hex) => {
    const message = bytes(hex);
    const vectorKey = createTsigKey({ name: "vector.key", algorithm, secret: SECRET });
    const request = verify(message, [vectorKey], timeOf(message));
    expect(request.valid).toBe(true);
    // Signed here at the same time, the same query has the same bytes.
    if (!request.valid) return;
    expect(new TsigSigner(vectorKey).sign(request.message, request.record.time)).toEqual(message);
    // Any bit that is changed is noticed.
    for (let bit = 0; bit < message.length * 8; bit += 3) {
      const changed = message.slice();
      changed[bit >> 3]! ^= 1 << (bit & 7);
      const start = findTsig(changed);
      if (start <= 0) continue;
      const other = verifyRequest(changed, start, new TsigKeyring([vectorKey]), request.record.time);
      // The id is covered by the copy in the record; letters of names by their lower case.
      if (bit >> 3 > 1 && (bit & 7) !== 5) expect([bit, other.valid]).toEqual([bit, false]);
    }
  });

  test("MD5 is refused", () => {
    const message = bytes(MD5);
    expect(errorOf(verify(message, [createTsigKey({ name: "vector.key", secret: SECRET })], timeOf(message)))).toBe(
      TsigError.BADKEY,
    );
    expect(() => createTsigKey({ name: "k", algorithm: "hmac-md5", secret: SECRET })).toThrow(RangeError);
  });

  test("a truncated MAC is BADTRUNC unless the key allows it, and never shorter than half", () => {
    const message = bytes(TRUNCATED);
    const now = timeOf(message);
    expect(errorOf(verify(message, [createTsigKey({ name: "vector.key", secret: SECRET })], now))).toBe(
      TsigError.BADTRUNC,
    );
    const lenient = createTsigKey({ name: "vector.key", secret: SECRET, minimumMac: 16 });
    expect(verify(message, [lenient], now).valid).toBe(true);
    expect(() => createTsigKey({ name: "k", secret: SECRET, minimumMac: 15 })).toThrow(RangeError);
    const record = readTsig(message, findTsig(message))!;
    const bare = query();
    for (const [length, code] of [
      [15, 1],
      [33, 1],
      [0, 1],
    ] as const) {
      const mac = new Uint8Array(length);
      const request = verify(withTsig(bare, record, mac, 7), [lenient], now);
      expect(request.valid ? 0 : request.responseCode).toBe(code);
    }
  });
});

describe("requests", () => {
  const signed = new TsigSigner(key).sign(query(), NOW);

  test("another key, another secret, another time", () => {
    expect(verify(signed, [key], NOW).valid).toBe(true);
    expect(errorOf(verify(signed, [], NOW))).toBe(TsigError.BADKEY);
    const others = [
      createTsigKey({ name: "some.key", secret: `${SECRET.slice(0, -4)}c3Q=` }),
      createTsigKey({ name: "some.key", algorithm: "hmac-sha512", secret: SECRET }),
    ];
    expect(others.map((other) => errorOf(verify(signed, [other], NOW)))).toEqual([TsigError.BADSIG, TsigError.BADKEY]);
    expect(verify(signed, [key], NOW + 300).valid).toBe(true);
    expect(verify(signed, [key], NOW - 300).valid).toBe(true);
    expect(errorOf(verify(signed, [key], NOW + 301))).toBe(TsigError.BADTIME);
    expect(errorOf(verify(signed, [key], NOW - 301))).toBe(TsigError.BADTIME);
  });

  test("a forwarder may change the id", () => {
    const forwarded = signed.slice();
    forwarded[0]! ^= 0xff;
    const request = verify(forwarded, [key], NOW);
    expect(request.valid && request.message).toEqual(query());
  });

  test("a record that is not the last, cut off or of another class is malformed", () => {
    expect(findTsig(query())).toBe(0);
    expect(findTsig(signed.subarray(0, signed.length - 1))).toBe(-1);
    expect(findTsig(new Uint8Array(5))).toBe(-1);
    const start = findTsig(signed);
    const otherClass = signed.slice();
    otherClass[start + key.name.length + 3] = 1;
    expect(readTsig(otherClass, start)).toBeNull();
    const twice = withTsig(signed, readTsig(signed, start)!, new Uint8Array(32), 7);
    expect(findTsig(twice)).toBe(-1);
    for (let length = start + 1; length < signed.length; length++) {
      expect(readTsig(signed.slice(0, length), start)).toBeNull();
    }
  });

  test("whatever bytes come, reading them throws nothing", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 12, maxLength: 80 }), fc.boolean(), (noise, behind) => {
        const message = behind ? Uint8Array.from([...signed.subarray(0, findTsig(signed)), ...noise]) : noise;
        const start = findTsig(message);
        if (start > 0) readTsig(message, start);
        readTsig(message, Math.min(12, message.length - 1));
      }),
      { numRuns: 500 },
    );
  });

  test("times that go back are replays", () => {
    const ring = new TsigKeyring([key]);
    const times = [NOW, NOW, NOW + 5, NOW + 4, NOW + 5];
    expect(times.map((time) => ring.advance(key, "192.0.2.1", time))).toEqual([true, true, true, false, true]);
    // Another sender with the same key has a clock of its own.
    expect(ring.advance(key, "192.0.2.2", NOW)).toBe(true);
  });
});

describe("refusals", () => {
  const answer = writeMessage({ id: 7, flags: 0x8009, questions: [{ name: APEX, type: 6, class: 1 }] });

  test("BADKEY and BADSIG are not signed", () => {
    const request = verify(new TsigSigner(key).sign(query(), NOW), [], NOW);
    if (request.valid) throw new Error("it is valid");
    const refusal = signRefusal(answer, request, NOW);
    const record = readTsig(refusal, findTsig(refusal))!;
    expect([record.error, record.mac.length, record.other.length]).toEqual([TsigError.BADKEY, 0, 0]);
    expect(record.keyName).toEqual(key.name);
  });

  test("BADTIME is signed with the client's time, and has ours beside it", () => {
    const signer = new TsigSigner(key);
    const request = verify(signer.sign(query(), NOW), [key], NOW + 1_000);
    if (request.valid) throw new Error("it is valid");
    const refusal = signRefusal(answer, request, NOW + 1_000);
    const record = readTsig(refusal, findTsig(refusal))!;
    expect([record.error, record.time]).toEqual([TsigError.BADTIME, NOW]);
    expect(Number(`0x${Buffer.from(record.other).toString("hex")}`)).toBe(NOW + 1_000);
    expect(new TsigAnswers(key, signer.mac).check(refusal, NOW)).toContain("BADTIME");
  });
});

describe("answers of many messages", () => {
  const requestMac = Uint8Array.from({ length: 32 }, (_, index) => index);
  const messages = Array.from({ length: 205 }, (_, index) => query(index));

  /** RFC 8945 §5.3.1 by the letter: signs the messages for which `isSigned` holds. */
  function signSome(isSigned: (index: number) => boolean): Uint8Array[] {
    let prior = requestMac;
    let pending: Uint8Array[] = [];
    let first = true;
    return messages.map((message, index) => {
      pending.push(message);
      if (!isSigned(index)) return message;
      const time = Buffer.from((NOW + index).toString(16).padStart(12, "0"), "hex");
      const hmac = createHmac("sha256", Buffer.from(SECRET, "base64"));
      hmac.update(Buffer.from([0, prior.length])).update(prior);
      for (const one of pending) hmac.update(one);
      const names = [
        Buffer.from(parseName("some.key") as Uint8Array),
        Buffer.from(parseName("hmac-sha256") as Uint8Array),
      ];
      if (first) hmac.update(names[0]!).update(Buffer.from("00ff00000000", "hex")).update(names[1]!);
      hmac.update(time).update(Buffer.from("012c", "hex"));
      if (first) hmac.update(Buffer.from("00000000", "hex"));
      prior = hmac.digest();
      pending = [];
      first = false;
      const fields = { keyName: key.name, algorithm: key.algorithm.name, time: NOW + index, fudge: 300, error: 0 };
      return withTsig(message, { ...fields, other: new Uint8Array(0) }, prior, index);
    });
  }

  function check(sent: readonly Uint8Array[]): { problem: string; complete: boolean } {
    const answers = new TsigAnswers(key, requestMac);
    for (const message of sent) {
      const problem = answers.check(message, NOW);
      if (problem !== "") return { problem, complete: false };
    }
    return { problem: "", complete: answers.complete };
  }

  test("every message signed: the signer does as the definition says", () => {
    const signer = new TsigSigner(key, requestMac);
    const signed = messages.map((message, index) => signer.sign(message, NOW + index));
    expect(signed).toEqual(signSome(() => true));
    expect(check(signed)).toEqual({ problem: "", complete: true });
  });

  test("up to 99 in a row may be unsigned, not more; the first and the last must be signed", () => {
    expect(check(signSome((index) => index % 100 === 0 || index === 204))).toEqual({ problem: "", complete: true });
    expect(check(signSome((index) => index % 101 === 0 || index === 204)).problem).toContain("99");
    expect(check(signSome((index) => index !== 0)).problem).toBe("it is not signed");
    expect(check(signSome((index) => index < 200)).complete).toBe(false);
  });

  test("a message that is left out, changed or exchanged is noticed at the next signature", () => {
    const sent = signSome((index) => index % 50 === 0 || index === 204);
    expect(check(sent.toSpliced(7, 1)).problem).toBe("its MAC is wrong");
    expect(check(sent.with(7, sent[8]!).with(8, sent[7]!)).problem).toBe("its MAC is wrong");
    expect(check(sent.with(7, query(999))).problem).toBe("its MAC is wrong");
    expect(check(sent.with(204, sent[204]!.with(sent[204]!.length - 20, 0)).slice(1)).problem).not.toBe("");
  });
});

describe("keys", () => {
  test("have a name, a secret and an algorithm that are what they should be", () => {
    expect(createTsigKey({ algorithm: "hmac-sha512", name: "A.Key.", secret: SECRET })).toMatchObject({
      text: "a.key.",
      algorithm: { text: "hmac-sha512", size: 64 },
    });
    expect(createTsigKey({ name: "k", secret: SECRET }).algorithm.text).toBe("hmac-sha256");
    for (const bad of [{ secret: "short" }, { secret: `${SECRET}!` }, { algorithm: "hmac-x" }, { name: "a..b" }]) {
      expect(() => createTsigKey({ name: "k", secret: SECRET, ...bad })).toThrow(RangeError);
    }
    expect(() => new TsigKeyring([key, createTsigKey({ name: "SOME.key.", secret: SECRET })])).toThrow(RangeError);
  });

  test("no message has the secret", () => {
    expect.assertions(1);
    try {
      createTsigKey({ name: "k", secret: "!!secret!!" });
    } catch (error) {
      expect(String(error)).not.toContain("!!secret");
    }
  });
});
