import type { Slices } from "../time/slices.ts";
import type { NormalSigning } from "../dns/config/normal-dns.ts";
import { AuthoritativeZone } from "../dns/authority/authoritative-zone.ts";
import { ZoneSigning } from "../dns/authority/zone-signing.ts";
import type { TimedKey } from "../dns/dnssec/key-times.ts";
import type { Steering } from "../dns/steering/steering.ts";
import type { SerialMemory } from "../dns/zone/serial.ts";
import { serialFileProblem } from "../dns/store/serial-file.ts";
import { formatName } from "../dns/wire/name.ts";
import type { ZoneData } from "../dns/zone/zone-data.ts";

/** How a zone is to be signed. */
export interface SignedZone {
  readonly signing: NormalSigning;
  readonly keys: readonly TimedKey[];
}

interface Entry {
  readonly wanted: object;
  readonly signing: ZoneSigning;
}

const SECOND = 1000;

/** Makes what answers of a zone's data: with its signatures, and with the answers that depend on who asks. */
export class ZoneOpener {
  #problems: string[] = [];
  /** By apex in presentation form. */
  readonly #entries = new Map<string, Entry>();
  readonly #steering: Steering | null;

  /** `before`: whose signatures and serials are gone on with where the signing is as it was. */
  constructor(
    signed: ReadonlyMap<string, SignedZone>,
    steering: Steering | null,
    serials: (file: string) => SerialMemory,
    before: ZoneOpener | null,
  ) {
    this.#steering = steering;
    for (const [apex, { signing, keys }] of signed) {
      const wanted = { signing, keys: keys.map(({ key, times }) => ({ tag: key.tag, dnskey: key.dnskey, times })) };
      const known = before === null ? undefined : before.#entries.get(apex);
      const entry = known !== undefined && Bun.deepEquals(known.wanted, wanted) ? known : null;
      this.#entries.set(apex, entry ?? { wanted, signing: signingOf(signing, keys, serials) });
    }
  }

  /** What steering found wrong with the zones opened since it was asked last. */
  takeProblems(): readonly string[] {
    const problems = this.#problems;
    this.#problems = [];
    return problems;
  }

  /** When a zone must be opened again (signatures that end, keys that change), milliseconds since 1970. */
  get due(): number {
    let due = Infinity;
    for (const { signing } of this.#entries.values()) due = Math.min(due, signing.due * SECOND);
    return due;
  }

  /** @throws TypeError when the keys cannot sign the zone. */
  *open(data: ZoneData): Slices<AuthoritativeZone> {
    const signing = this.#entries.get(formatName(data.apex))?.signing;
    const zone = yield* signing?.open(data, Date.now() / SECOND) ?? AuthoritativeZone.of(data);
    const unsaved = signing?.unsaved ?? "";
    if (unsaved !== "") {
      this.#problems.push(
        `zone ${formatName(data.apex)}: its serial cannot be written down and follows the clock: ${unsaved}`,
      );
    }
    const found = this.#steering?.attach(zone) ?? [];
    this.#problems.push(...found.map(({ path, message, remedy }) => `${path.join(".")}: ${message}. ${remedy}`));
    return zone;
  }
}

/** A serial that cannot be remembered follows the clock: forgotten it may have fallen with the next start. */
function signingOf(
  { online, policy, serials: file }: NormalSigning,
  keys: readonly TimedKey[],
  serials: (file: string) => SerialMemory,
): ZoneSigning {
  const isKept = file !== null && serialFileProblem(file) === "";
  return new ZoneSigning({ keys, online, policy, serials: isKept ? serials(file) : null });
}
