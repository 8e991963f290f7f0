import type { Slices } from "../../time/slices.ts";
import { type TimedKey, keysAt, nextKeyChange } from "../dnssec/key-times.ts";
import { addKeys, nextSigning, signZone } from "../dnssec/sign-zone.ts";
import { errorMessage } from "../../error-message.ts";
import { SIGNING_POLICY, type SigningPolicy } from "../dnssec/signing-policy.ts";
import { formatName } from "../wire/name.ts";
import { isLater, nextSerial, risingSerial, type SerialMemory } from "../zone/serial.ts";
import type { ZoneData } from "../zone/zone-data.ts";
import { AuthoritativeZone } from "./authoritative-zone.ts";
import { OnlineSecurity } from "./online-security.ts";

export interface ZoneSigningOptions {
  readonly keys: readonly TimedKey[];
  /** Signs each answer when it is given; else the whole zone when it is loaded. */
  readonly online: boolean;
  readonly policy?: Partial<SigningPolicy>;
  /**
   * Remembers the serial of the signed zone, so that it rises over a restart too. Without it, and while it cannot be
   * written, serials follow the clock, unless the source's own is later. Only for zones signed when loaded.
   */
  readonly serials?: SerialMemory | null;
}

/** Makes of each version of one zone what answers with signatures, and knows when that is to be done again. */
export class ZoneSigning {
  readonly #options: ZoneSigningOptions;
  readonly #policy: SigningPolicy;
  #previous: ZoneData | null = null;
  #due = Infinity;
  #unsaved = "";

  constructor(options: ZoneSigningOptions) {
    this.#options = options;
    this.#policy = { ...SIGNING_POLICY, ...options.policy };
  }

  /** When the zone is to be opened again, because a signature ends or a key changes: seconds since 1970; Infinity: never. */
  get due(): number {
    return this.#due;
  }

  /**
   * `data`: the zone as its source has it. `now`: seconds since 1970.
   * @throws TypeError when the keys cannot sign a zone at this time.
   */
  *open(data: ZoneData, now: number): Slices<AuthoritativeZone> {
    const { keys: timed, online } = this.#options;
    const keys = keysAt(timed, now);
    if (online) {
      const unsigned = yield* addKeys(data, keys, this.#policy);
      this.#due = nextKeyChange(timed, now);
      return new AuthoritativeZone(unsigned, new OnlineSecurity(unsigned, keys, this.#policy));
    }
    const options = { now, policy: this.#policy, previous: this.#previous, serial: this.#nextSerial(data, now) };
    const signed = yield* signZone(data, keys, options);
    this.#previous = signed;
    const signatures = yield* nextSigning(signed, now, this.#policy.refresh);
    this.#due = Math.min(signatures, nextKeyChange(timed, now));
    return yield* AuthoritativeZone.of(signed);
  }

  /** Why the serial cannot be remembered; empty when it is. */
  get unsaved(): string {
    return this.#unsaved;
  }

  /** A secondary that finds a serial that fell keeps the old signatures until they end: it never does. */
  #nextSerial(data: ZoneData, now: number): number {
    const last = this.#published(data);
    const { serials } = this.#options;
    const isKept = serials !== null && serials !== undefined;
    const rising = risingSerial(data.serial, last);
    if (isKept && this.#remember(serials, data, rising)) return rising;
    const clock = nextSerial(last, now);
    return isLater(clock, rising) ? clock : rising;
  }

  /** Before the zone is served: a serial that nobody can remember is not given away. */
  #remember(serials: SerialMemory, data: ZoneData, serial: number): boolean {
    try {
      serials.set(memoryKey(data), { serial, digest: "" });
      this.#unsaved = "";
    } catch (error) {
      this.#unsaved = errorMessage(error);
    }
    return this.#unsaved === "";
  }

  /** The serial that secondaries may have; null when nothing is known of one. */
  #published(data: ZoneData): number | null {
    const remembered = this.#options.serials?.get(memoryKey(data))?.serial ?? null;
    const last = this.#previous?.serial ?? null;
    if (remembered === null || last === null) return remembered ?? last;
    return isLater(remembered, last) ? remembered : last;
  }
}

/** Beside the serial of the source, which is remembered under the name alone. */
function memoryKey(data: ZoneData): string {
  return `signed ${formatName(data.apex)}`;
}
