/** Exchanges that last: a response that takes its time, and a WebSocket that talks all the while. */

export interface LongResponse {
  readonly target: string;
  /** "complete", or how it ended instead. Never rejects. */
  readonly end: Promise<string>;
}

/** Begins a response of this many milliseconds (`/hold/MS` of `backend-process.ts`); resolves when its head has come. */
export async function holdResponse(port: number, duration: number): Promise<LongResponse> {
  const reply = await fetch(`http://127.0.0.1:${port}/hold/${duration}`, { keepalive: false });
  const end = reply.text().then(
    (text) => (/^(?:still here\n)+end\n$/.test(text) ? "complete" : `ends with ${JSON.stringify(text.slice(-20))}`),
    () => "cut",
  );
  return { target: reply.headers.get("x-target") ?? "", end };
}

const TALK_INTERVAL = 100;

/** Says something ten times a second and expects it back. */
export class TalkingSocket {
  readonly #socket: WebSocket;
  readonly #timer: ReturnType<typeof setInterval>;
  readonly #closed: Promise<number>;
  #said = 0;
  #heard = 0;
  #wrong = 0;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    this.#closed = new Promise((resolve) => socket.addEventListener("close", ({ code }) => resolve(code)));
    socket.addEventListener("message", ({ data }) => {
      if (data !== `message ${++this.#heard}`) this.#wrong++;
    });
    this.#timer = setInterval(() => {
      if (socket.readyState === WebSocket.OPEN) socket.send(`message ${++this.#said}`);
    }, TALK_INTERVAL);
  }

  static open(port: number): Promise<TalkingSocket> {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/ws`);
    return new Promise((resolve, reject) => {
      socket.addEventListener("open", () => resolve(new TalkingSocket(socket)));
      socket.addEventListener("error", () => reject(new Error("the WebSocket could not be opened")));
    });
  }

  /** Messages that came back. */
  get heard(): number {
    return this.#heard;
  }

  /** What is wrong with it now; "" when it is open and every message came back but perhaps the last. */
  problem(): string {
    if (this.#socket.readyState !== WebSocket.OPEN) return "closed";
    if (this.#wrong > 0) return `${this.#wrong} messages out of order`;
    return this.#said - this.#heard > 5 ? `${this.#said - this.#heard} messages without an answer` : "";
  }

  /** Resolves with the close code when the other side ends it. */
  get closed(): Promise<number> {
    return this.#closed;
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    this.#socket.close();
    await this.#closed;
  }
}
