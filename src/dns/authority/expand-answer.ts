import { type DnsMessage, readMessage } from "../wire/message.ts";
import type { CompiledAnswer } from "./compiled-answer.ts";

const HEADER = 12;
const CLASS_IN = 1;

/** The records of an answer as they are sent for a question. `name`: in wire form. */
export function expandAnswer(answer: CompiledAnswer, name: Uint8Array, type: number): DnsMessage {
  const body = HEADER + name.length + 4;
  const packet = new Uint8Array(body + answer.body.length);
  const view = new DataView(packet.buffer);
  for (const [index, word] of [0, 0x8000, 1, answer.answers, answer.authority, answer.additional].entries()) {
    view.setUint16(index * 2, word);
  }
  packet.set(name, HEADER);
  view.setUint16(body - 4, type);
  view.setUint16(body - 2, CLASS_IN);
  packet.set(answer.body, body);
  for (const at of answer.suffixPointers) {
    view.setUint16(body + at, 0xc000 + HEADER + name.length - view.getUint16(body + at));
  }
  for (const at of answer.bodyPointers) view.setUint16(body + at, 0xc000 + body + view.getUint16(body + at));
  return readMessage(packet);
}
