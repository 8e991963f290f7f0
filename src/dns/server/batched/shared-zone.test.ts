import { describe, expect, test } from "bun:test";
import type { DynamicAnswer } from "../../authority/dynamic-answer.ts";
import { Responder } from "../../authority/responder.ts";
import { ZoneSet } from "../../authority/zone-set.ts";
import { authoritativeZone, queryPacket, SHOP } from "../../authority/zones-for-tests.ts";
import type { AuthoritativeZone } from "../../authority/authoritative-zone.ts";
import { openZone, shareZone } from "./shared-zone.ts";

function answer(zone: AuthoritativeZone, name: string, type: string): string {
  const zones = new ZoneSet();
  zones.set(zone);
  const out = new Uint8Array(4_096);
  const packet = queryPacket(name, type, { opt: { dnssecOk: true } });
  const client = { address: "192.0.2.1", port: 1, transport: "tcp" } as const;
  return Buffer.from(
    out.subarray(0, new Responder(zones).respond(packet, 0, packet.length, out, 0, 4_096, client)),
  ).toString("hex");
}

describe("a zone in another thread", () => {
  test("answers as the zone does, from memory that is not its own", () => {
    const zone = authoritativeZone("shop.test.", SHOP);
    const shared = shareZone(zone);
    expect(shared.names.names.buffer).toBeInstanceOf(SharedArrayBuffer);
    const copy = openZone(structuredClone(shared));
    for (const name of ["", "www.", "none.", "x.wild.", "alias.", "h.sub.", "big.", "many."]) {
      for (const type of ["A", "MX", "TXT", "SOA", "ANY"]) {
        expect({ name, type, answer: answer(copy, `${name}shop.test.`, type) }).toEqual({
          name,
          type,
          answer: answer(zone, `${name}shop.test.`, type),
        });
      }
    }
  });

  test("is made once, and another one after a change", () => {
    const zone = authoritativeZone("shop.test.", SHOP);
    expect(shareZone(zone).id).toBe(shareZone(zone).id);
    expect(shareZone(zone).arrays.data).toBe(shareZone(zone).arrays.data);
    expect(shareZone(authoritativeZone("shop.test.", SHOP)).id).not.toBe(shareZone(zone).id);
  });

  test("is only a shell where it can not answer there", () => {
    const zone = authoritativeZone("shop.test.", SHOP);
    const whole = shareZone(zone);
    zone.dynamic.set(0, {} as unknown as DynamicAnswer);
    const shell = shareZone(zone);
    expect([whole.elsewhere, shell.elsewhere, shell.id === whole.id]).toEqual([false, true, false]);
    expect([openZone(whole).usable, openZone(shell).usable]).toEqual([true, false]);
    expect(openZone(shell).data.recordCount).toBe(1);
    zone.dynamic.clear();
    zone.usable = false;
    expect(shareZone(zone).elsewhere).toBe(true);
  });
});
