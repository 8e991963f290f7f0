/** `Date: …\r\n` (RFC 9110 §5.6.7, IMF-fixdate), made once a second. */
export class DateLine {
  bytes: Buffer = Buffer.alloc(0);
  #second = -1;

  /** `time`: milliseconds since the epoch. */
  update(time: number): void {
    const second = Math.floor(time / 1_000);
    if (second === this.#second) return;
    this.#second = second;
    this.bytes = Buffer.from(`Date: ${new Date(second * 1_000).toUTCString()}\r\n`, "latin1");
  }
}

/** The process's own. Moved by the edge's tick. */
export const dateLine = new DateLine();
dateLine.update(Date.now());
