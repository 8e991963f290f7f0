/**
 * Tells secondary servers that a zone has changed (RFC 1996), and again until they answer. A machine without sockets: it
 * gives packets to `send`, and is given those that come and the time.
 */
import { randomInt } from "node:crypto";
import { formatName, sameName } from "../wire/name.ts";
import { MessageError, readMessage, writeMessage } from "../wire/message.ts";
import { Flag, Opcode, RecordClass, RecordType, ResponseCode, responseCodeName } from "../wire/record-type.ts";
import type { Soa } from "./record-source.ts";
import { TsigAnswers } from "./tsig-answers.ts";
import type { TsigKey } from "./tsig-key.ts";
import { TsigSigner } from "./tsig-signer.ts";

export interface NotifyTarget {
  /** IP address, as packets from it show it. */
  readonly address: string;
  readonly port: number;
  readonly key: TsigKey | null;
}

export interface NotifyOptions {
  readonly send: (packet: Uint8Array, address: string, port: number) => void;
  /** A target answered ("" or a response code's name), or did not. */
  readonly told?: (apex: Uint8Array, target: NotifyTarget, problem: string) => void;
  /** Milliseconds until the first repetition; doubled for each further one. Default 2,000. */
  readonly timeout?: number;
  /** Packets to one target for one change. RFC 1996 §3.6: default 6, over two minutes. */
  readonly attempts?: number;
  /** 16 bits that nobody can guess. */
  readonly randomId?: () => number;
}

interface Pending {
  readonly apex: Uint8Array;
  readonly target: NotifyTarget;
  readonly soa: Soa;
  readonly id: number;
  attempts: number;
  /** Milliseconds on the caller's clock. */
  due: number;
  /** MACs of what was sent: the answer may be to any of them. */
  readonly macs: Uint8Array[];
}

export class NotifySender {
  readonly #options: NotifyOptions;
  readonly #pending = new Map<string, Pending>();

  constructor(options: NotifyOptions) {
    this.#options = options;
  }

  /** A change before that is still being told is forgotten: only the newest counts. `now`: milliseconds since the epoch. */
  notify(apex: Uint8Array, soa: Soa, targets: readonly NotifyTarget[], now: number): void {
    const randomId = this.#options.randomId ?? (() => randomInt(0x10000));
    for (const target of targets) {
      const entry: Pending = { apex, target, soa, id: randomId(), attempts: 0, due: now, macs: [] };
      this.#pending.set(keyOf(apex, target), entry);
      this.#send(entry, now);
    }
  }

  /** Forgets what is still to be told of a zone. */
  forget(apex: Uint8Array): void {
    for (const [key, entry] of this.#pending) if (sameName(entry.apex, apex)) this.#pending.delete(key);
  }

  tick(now: number): void {
    for (const [key, entry] of this.#pending) {
      if (entry.due > now) continue;
      if (entry.attempts < (this.#options.attempts ?? 6)) {
        this.#send(entry, now);
        continue;
      }
      this.#pending.delete(key);
      this.#options.told?.(entry.apex, entry.target, "no answer");
    }
  }

  /** A packet that came to the socket that `send` sends from. */
  received(packet: Uint8Array, address: string, port: number, now: number): void {
    if (packet.length < 12) return;
    const id = (packet[0]! << 8) | packet[1]!;
    for (const [key, entry] of this.#pending) {
      const { target } = entry;
      if (entry.id !== id || target.port !== port || target.address !== address) continue;
      const code = answerTo(entry, packet, now);
      if (code < 0) continue;
      this.#pending.delete(key);
      this.#options.told?.(entry.apex, target, code === ResponseCode.NOERROR ? "" : responseCodeName(code));
      return;
    }
  }

  #send(entry: Pending, now: number): void {
    entry.due = now + (this.#options.timeout ?? 2_000) * 2 ** entry.attempts;
    entry.attempts++;
    const { apex, soa, target, id } = entry;
    const type = RecordType.SOA;
    const message = writeMessage({
      id,
      flags: (Opcode.NOTIFY << 11) | Flag.AA,
      questions: [{ name: apex, type, class: RecordClass.IN }],
      // RFC 1996 §3.7: a hint at what the change is.
      answers: [{ name: apex, type, class: RecordClass.IN, ttl: soa.ttl, data: soa.data }],
    });
    this.#options.send(this.#signed(entry, message, Math.floor(now / 1_000)), target.address, target.port);
  }

  #signed({ target, macs }: Pending, message: Uint8Array, seconds: number): Uint8Array {
    if (target.key === null) return message;
    const signer = new TsigSigner(target.key);
    const signed = signer.sign(message, seconds);
    macs.push(signer.mac);
    return signed;
  }
}

/** The response code of the answer to what was sent; -1 when it is none. */
function answerTo({ apex, target, macs }: Pending, packet: Uint8Array, now: number): number {
  const flags = (packet[2]! << 8) | packet[3]!;
  if ((flags & Flag.QR) === 0 || ((flags >> 11) & 15) !== Opcode.NOTIFY) return -1;
  const { key } = target;
  const seconds = Math.floor(now / 1_000);
  if (key !== null && !macs.some((mac) => new TsigAnswers(key, mac).check(packet, seconds) === "")) return -1;
  try {
    const { questions } = readMessage(packet);
    if (questions.length > 0 && !sameName(questions[0]!.name, apex)) return -1;
  } catch (error) {
    if (error instanceof MessageError) return -1;
    throw error;
  }
  return flags & 15;
}

function keyOf(apex: Uint8Array, target: NotifyTarget): string {
  return `${formatName(apex)} ${target.address} ${target.port}`;
}
