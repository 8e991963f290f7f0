/**
 * A request encoded for an upstream. It is not bound to a target, so the same bytes can wait in a queue and be sent
 * again elsewhere (a retry). Recycled by the upstream stage.
 */
export class OutboundRequest {
  bytes: Buffer = Buffer.allocUnsafeSlow(2_048);
  /** Bytes in use: the head, then as much of the body as was joined to it. */
  length = 0;
  /** End of the head. */
  headLength = 0;
  /** `bytes` holds the whole request, so it can be sent again. */
  complete = false;
  /** Body bytes were passed on that are not in `bytes`: a further attempt is impossible. */
  streamed = false;

  reserve(size: number): void {
    if (size <= this.bytes.length) return;
    const grown = Buffer.allocUnsafeSlow(size * 2);
    this.bytes.copy(grown, 0, 0, this.length);
    this.bytes = grown;
  }
}
