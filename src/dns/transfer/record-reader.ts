/** Reads the records of a message one after the other, names uncompressed, into memory that is used again. */
import { MAX_DATA, MessageCursor } from "../wire/message-cursor.ts";
import { MAX_NAME } from "../wire/name.ts";
import { rdataProblem } from "../wire/rdata-check.ts";
import { RecordSource } from "./record-source.ts";

/** What is wrong with a message that came; nothing of it can be relied on. */
export class TransferError extends Error {
  override readonly name = "TransferError";
}

export class RecordReader extends RecordSource {
  class = 0;
  /** The message's first question, if it has one: type and class, its name in `questionName`. */
  questionType = 0;
  questionClass = 0;
  questionName: Uint8Array = new Uint8Array(0);
  readonly #cursor = new MessageCursor();
  #left = 0;
  readonly #owner = new Uint8Array(MAX_NAME);
  readonly #data = new Uint8Array(MAX_DATA);

  constructor() {
    super();
    this.owner = this.#owner;
    this.data = this.#data;
  }

  /** Begins with the answers of a message. @throws TransferError when its head or its questions are malformed. */
  open(message: Uint8Array): void {
    const cursor = this.#cursor;
    this.#must(cursor.open(message));
    this.#left = cursor.answers;
    this.questionName = this.#owner.subarray(0, 0);
    for (let left = cursor.questions; left > 0; left--) {
      this.#must(cursor.question());
      if (left !== cursor.questions) continue;
      this.questionName = this.#owner.slice(0, this.#name());
      this.questionType = cursor.type;
      this.questionClass = cursor.class;
    }
  }

  /** Goes on behind the answers with the authority section: where an IXFR has its SOA. */
  includeAuthority(): void {
    this.#left += this.#cursor.authority;
  }

  /** The next record. @throws TransferError when it is malformed. */
  override next(): boolean {
    if (this.#left === 0) return false;
    this.#left--;
    const cursor = this.#cursor;
    this.#must(cursor.record());
    this.ownerLength = this.#name();
    this.type = cursor.type;
    this.class = cursor.class;
    // RFC 2181 §8: with the highest bit set it means 0.
    this.ttl = cursor.ttl > 0x7fffffff ? 0 : cursor.ttl;
    this.dataEnd = cursor.readData(this.#data);
    this.#must(this.dataEnd >= 0);
    const problem = rdataProblem(this.type, this.#data, 0, this.dataEnd);
    if (problem !== "") throw new TransferError(`a record's data is not of its type: ${problem}`);
    return true;
  }

  #name(): number {
    const length = this.#cursor.readName(this.#cursor.owner, this.#owner);
    this.#must(length >= 0);
    return length;
  }

  #must(done: boolean): void {
    if (!done) throw new TransferError(this.#cursor.problem);
  }
}
