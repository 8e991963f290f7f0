import { describe, expect, test } from "bun:test";
import { readMessage, writeMessage } from "../wire/message.ts";
import { NotifySender, type NotifyTarget } from "./notify-sender.ts";
import { soaOf } from "./record-source.ts";
import { createTsigKey } from "./tsig-key.ts";
import { findTsig, readTsig } from "./tsig-record.ts";
import { TsigSigner } from "./tsig-signer.ts";
import { APEX, testZone } from "./zone-for-tests.ts";

const KEY = createTsigKey({ name: "key", secret: "dmVjdG9yIHNlY3JldCB2ZWN0b3I=" });
const PLAIN: NotifyTarget = { address: "192.0.2.1", port: 53, key: null };
const SIGNED: NotifyTarget = { address: "192.0.2.2", port: 5353, key: KEY };
const START = 1_795_700_000_000;

class Setup {
  readonly sent: Array<{ packet: Uint8Array; address: string; port: number; at: number }> = [];
  readonly told: string[] = [];
  now = START;
  readonly sender = new NotifySender({
    send: (packet, address, port) => void this.sent.push({ packet, address, port, at: (this.now - START) / 1_000 }),
    told: (_, target, problem) => void this.told.push(`${target.address} ${problem}`),
    timeout: 1_000,
    attempts: 4,
  });

  pass(seconds: number): void {
    for (let count = 0; count < seconds * 2; count++) {
      this.now += 500;
      this.sender.tick(this.now);
    }
  }

  answer(to: Uint8Array, { address, port }: NotifyTarget, flags = 0xa400, signer: TsigSigner | null = null): void {
    const { id, questions } = readMessage(to);
    const bare = writeMessage({ id, flags, questions });
    const packet = signer === null ? bare : signer.sign(bare, Math.floor(this.now / 1_000));
    this.sender.received(packet, address, port, this.now);
  }
}

describe("NOTIFY", () => {
  test("has the question and the SOA", () => {
    const setup = new Setup();
    setup.sender.notify(APEX, soaOf(testZone(7)), [PLAIN], START);
    const { flags, questions, answers } = readMessage(setup.sent[0]!.packet);
    expect([flags, questions[0]!.type, answers[0]!.type]).toEqual([0x2400, 6, 6]);
    expect(answers[0]!.data).toEqual(soaOf(testZone(7)).data);
  });

  test("is sent again at doubled distances until it is answered", () => {
    const setup = new Setup();
    setup.sender.notify(APEX, soaOf(testZone(7)), [PLAIN, SIGNED], START);
    setup.pass(2);
    setup.answer(setup.sent[0]!.packet, PLAIN);
    setup.pass(60);
    const times = (address: string): number[] =>
      setup.sent.filter((one) => one.address === address).map(({ at }) => at);
    expect(times(PLAIN.address)).toEqual([0, 1]);
    expect(times(SIGNED.address)).toEqual([0, 1, 3, 7]);
    expect(setup.told).toEqual(["192.0.2.1 ", "192.0.2.2 no answer"]);
  });

  test("takes an answer from whom it was sent to, signed if the question was, and from nobody else", () => {
    const setup = new Setup();
    setup.sender.notify(APEX, soaOf(testZone(7)), [PLAIN, SIGNED], START);
    const [plain, signed] = setup.sent.map(({ packet }) => packet) as [Uint8Array, Uint8Array];
    setup.answer(plain, { ...PLAIN, port: 54 });
    setup.answer(plain, { ...PLAIN, address: "192.0.2.9" });
    setup.answer(plain, PLAIN, 0x2400);
    setup.answer(plain, PLAIN, 0x8400);
    setup.answer(plain.with(1, plain[1]! ^ 1), PLAIN);
    setup.sender.received(plain.subarray(0, 11), PLAIN.address, PLAIN.port, setup.now);
    setup.answer(signed, SIGNED);
    setup.answer(signed, SIGNED, 0xa400, new TsigSigner(KEY, new Uint8Array(32)));
    expect(setup.told).toEqual([]);
    // The answer to the first may come after the second was sent.
    setup.pass(1);
    const { mac } = readTsig(signed, findTsig(signed))!;
    setup.answer(signed, SIGNED, 0xa405, new TsigSigner(KEY, mac));
    setup.answer(plain, PLAIN);
    expect(setup.told).toEqual(["192.0.2.2 REFUSED", "192.0.2.1 "]);
  });

  test("of a newer change takes the place of an older one", () => {
    const setup = new Setup();
    setup.sender.notify(APEX, soaOf(testZone(7)), [PLAIN], START);
    setup.sender.notify(APEX, soaOf(testZone(8)), [PLAIN], START);
    // To the older one nobody listens any more, and it is not sent again.
    setup.answer(setup.sent[0]!.packet, PLAIN);
    setup.pass(1);
    expect([setup.sent.length, setup.told.length]).toEqual([3, 0]);
    setup.sender.forget(APEX);
    setup.pass(60);
    expect([setup.sent.length, setup.told.length]).toEqual([3, 0]);
  });
});
