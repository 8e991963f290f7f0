import type { Socket } from "node:net";
import type { ResponseHead } from "../../contract/head.ts";
import type { CheckHttp } from "../../contract/health-plan.ts";
import { type Method, METHOD_NAMES } from "../../contract/method.ts";
import { faultOf } from "../../fault/faults.ts";
import type { HeadLimits } from "../../http/head-limits.ts";
import { type MessageListener, ResponseReader } from "../../http/h1/message-reader.ts";
import { responseFaultCause } from "../../http/response-fault.ts";
import { BodyStart, judgeBody, judgeStatus } from "./http-answer.ts";
import { CheckFailure, type LayerFinding, type ProbeRun } from "./probe-run.ts";
import { USER_AGENT } from "./user-agent.ts";
import { errorWords } from "./words.ts";

/** One request over HTTP/1.1, and the answer read as strictly as one to a client's request. */

const LIMITS: HeadLimits = { requestLine: 8192, field: 8192, fields: 200, head: 32_768 };

/** Bytes of a whole answer, interim heads and the coding of chunks included. */
const MAX_ANSWER = 1_048_576;

const TLS_ALERT = 0x15;

export function askHttp1(run: ProbeRun, socket: Socket, http: CheckHttp, host: string): Promise<LayerFinding<null>> {
  return new Promise((resolve, reject) => {
    if (socket.destroyed) throw new CheckFailure("connection closed before the request");
    const answer = new AnswerReader(run, http, (detail) => resolve({ value: null, detail }));
    let received = 0;
    /** What the reader throws ends the check, not the process. */
    const guarded = (read: () => void): void => {
      try {
        read();
      } catch (error) {
        reject(error instanceof Error ? error : new CheckFailure(String(error)));
      }
    };
    socket.on("data", (bytes: Buffer) => {
      guarded(() => {
        if (received === 0 && bytes[0] === TLS_ALERT)
          throw new CheckFailure("the target speaks TLS, the check does not");
        received += bytes.length;
        if (received > MAX_ANSWER) throw new CheckFailure(`${answer.sofar}no end of the answer within 1 MiB`);
        answer.read(bytes);
      });
    });
    socket.once("end", () => guarded(() => answer.finish()));
    socket.once("error", (error) => reject(new CheckFailure(`${answer.sofar}${errorWords(error)}`)));
    socket.once("close", () => reject(new CheckFailure(`${answer.sofar}connection closed`)));
    socket.write(encodeRequest(http, host));
  });
}

function encodeRequest(http: CheckHttp, host: string): string {
  // RFC 9110 §8.6: a method whose requests usually have content says that there is none.
  const length =
    http.method === "POST" || http.method === "PUT" || http.method === "PATCH" ? "Content-Length: 0\r\n" : "";
  return (
    `${http.method} ${http.path} HTTP/1.1\r\nHost: ${http.host === "" ? host : http.host}\r\n` +
    `User-Agent: ${USER_AGENT}\r\nAccept: */*\r\nAccept-Encoding: identity\r\n${length}Connection: close\r\n\r\n`
  );
}

/** Reads one answer and tells `onGood` when it is what was expected; everything else it throws. */
class AnswerReader implements MessageListener<ResponseHead> {
  readonly #run: ProbeRun;
  readonly #http: CheckHttp;
  readonly #onGood: (detail: string) => void;
  readonly #reader: ResponseReader;
  readonly #body = new BodyStart();
  /** Of the final answer; 0 = its head has not come. */
  #status = 0;
  #judged = false;

  constructor(run: ProbeRun, http: CheckHttp, onGood: (detail: string) => void) {
    this.#run = run;
    this.#http = http;
    this.#onGood = onGood;
    this.#reader = new ResponseReader(this, LIMITS);
    this.#reader.asked(Math.max(0, METHOD_NAMES.indexOf(http.method)) as Method);
  }

  /** What a message about a failure begins with. */
  get sofar(): string {
    return this.#status === 0 ? "" : `${this.#status}, but `;
  }

  read(bytes: Buffer): void {
    if (!this.#judged) this.#reader.read(bytes);
  }

  /** The target sends no more. */
  finish(): void {
    if (this.#judged) return;
    this.#reader.finish();
    if (!this.#judged) throw new CheckFailure("connection closed without an answer");
  }

  onHead(head: ResponseHead): void {
    // RFC 9110 §15.2: interim answers may come before the final one; 101 is final.
    if (head.status < 200 && head.status !== 101) return;
    if (this.#status !== 0) return;
    this.#status = head.status;
    judgeStatus(head.status, this.#http.statuses);
    this.#run.missing = `${head.status}, but no end of the body`;
  }

  onData(bytes: Buffer, start: number, end: number): void {
    this.#body.add(bytes, start, end);
    if (this.#body.full) this.#judge();
  }

  onTrailers(): void {}

  onEnd(): void {
    if (this.#status !== 0) this.#judge();
  }

  onFault(result: number): void {
    if (this.#judged) return;
    const code = faultOf(-result);
    if (code === "response-too-large") throw new CheckFailure(`${this.sofar}the answer's fields are too large`);
    if (this.#status !== 0) throw new CheckFailure(`${this.sofar}the coding of the body is malformed`);
    throw new CheckFailure(`the answer is not valid HTTP/1.1 (${responseFaultCause() ?? code})`);
  }

  onTunnel(): void {}

  onTruncated(): void {
    throw new CheckFailure(
      this.#status === 0
        ? "connection closed in the head of the answer"
        : `${this.sofar}connection closed before the end of the body`,
    );
  }

  #judge(): void {
    if (this.#judged) return;
    this.#judged = true;
    this.#onGood(judgeBody(this.#status, this.#body, this.#http));
  }
}
