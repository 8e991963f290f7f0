/** A certificate made for the occasion: signed by itself, for whoever has none of an authority. */
import type { CertificatePair, CertificateSource } from "../contract/certificate-source.ts";
import { issueServerCertificate } from "./issue-certificate.ts";

const DAY = 86_400_000;
/** Clocks of clients may be behind. */
const EARLIER = 3_600_000;

export interface SelfSignedOptions {
  /** Host names ("dns.shop.test", "*.shop.test") and IP addresses; at least one. */
  readonly names: readonly string[];
  /** Default 90. */
  readonly days?: number;
  /** Milliseconds since the epoch; default: the clock's. */
  readonly now?: number;
}

/** Makes a key and a certificate for it. @throws RangeError when there is no name. */
export function createSelfSigned(options: SelfSignedOptions): Promise<CertificatePair> {
  const { names, days = 90, now = Date.now() } = options;
  return issueServerCertificate({ names, notBefore: new Date(now - EARLIER), notAfter: new Date(now + days * DAY) });
}

/** Such a certificate, made again when a third of its time is left. */
export class SelfSignedSource implements CertificateSource {
  readonly #options: SelfSignedOptions;
  readonly #lifetime: number;
  readonly #listeners = new Set<() => void>();
  readonly #timer: Timer;
  #pair: CertificatePair;
  #made: number;
  #stopped = false;

  private constructor(options: SelfSignedOptions, pair: CertificatePair, made: number) {
    this.#options = options;
    this.#lifetime = (options.days ?? 90) * DAY;
    this.#made = made;
    this.#pair = pair;
    this.#timer = setInterval(() => void this.renewWhenDue(Date.now()), DAY / 4);
    this.#timer.unref();
  }

  /** @throws RangeError when there is no name. */
  static async open(options: SelfSignedOptions): Promise<SelfSignedSource> {
    const now = options.now ?? Date.now();
    return new SelfSignedSource(options, await createSelfSigned({ ...options, now }), now);
  }

  current(): CertificatePair {
    return this.#pair;
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** `now`: milliseconds since the epoch. */
  async renewWhenDue(now: number): Promise<void> {
    if (now - this.#made < (this.#lifetime * 2) / 3) return;
    this.#made = now;
    const pair = await createSelfSigned({ ...this.#options, now });
    if (this.#stopped) return;
    this.#pair = pair;
    for (const listener of this.#listeners) listener();
  }

  /** It is renewed no more. */
  stop(): void {
    this.#stopped = true;
    clearInterval(this.#timer);
  }
}
