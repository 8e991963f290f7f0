/** The zones that all peers serve, and the questions that they are asked, as files. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { Random } from "../../fuzz/support/random.ts";

export type ZoneName = "small" | "large";
export type QueryName = "small" | "mix" | "large";

/** Every peer serves one zone, under this name. */
export const APEX = "bench.test.";
export const LARGE_NAMES = 500_000;

const QUERIES = 20_000;
const LARGE_QUERIES = 200_000;
const HOSTS = 20;
const CHAINS = 5;
const CUTS = 5;

const HEAD = `$ORIGIN ${APEX}
$TTL 3600
@ SOA ns1 hostmaster 1 7200 900 1209600 300
@ NS ns1
@ NS ns2
@ MX 10 mail
ns1 A 192.0.2.53
ns1 AAAA 2001:db8::53
ns2 A 192.0.2.54
mail A 192.0.2.25
`;

function repeat(count: number, line: (index: number) => string): string {
  return Array.from({ length: count }, (_, index) => `${line(index)}\n`).join("");
}

function smallZone(): string {
  return [
    HEAD,
    repeat(HOSTS, (i) => `host${i} A 192.0.2.${i}\nhost${i} AAAA 2001:db8::${i}`),
    // Three aliases and the address.
    repeat(CHAINS, (i) => `chain${i} CNAME second${i}\nsecond${i} CNAME third${i}\nthird${i} CNAME host${i}`),
    "*.wild A 192.0.2.80\n",
    repeat(
      CUTS,
      (i) => `cut${i} NS ns1.cut${i}\ncut${i} NS ns2.cut${i}\nns1.cut${i} A 192.0.2.1\nns2.cut${i} A 192.0.2.2`,
    ),
  ].join("");
}

function largeZone(): string {
  return HEAD + repeat(LARGE_NAMES, (i) => `host${i} A 10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`);
}

/** Its file. Every peer reads the same. */
export function writeZone(folder: string, name: ZoneName): string {
  const file = join(folder, `${name}.zone`);
  writeFileSync(file, name === "small" ? smallZone() : largeZone());
  return file;
}

/** A question in dnsperf's form: name and type. */
function question(name: QueryName, index: number, random: Random): string {
  if (name === "large") return `host${random.below(LARGE_NAMES)}.${APEX} A`;
  if (name === "small") return `host${random.below(HOSTS)}.${APEX} ${random.pick(["A", "AAAA"])}`;
  switch (index % 4) {
    case 0:
      return `w${random.below(1_000_000)}.wild.${APEX} A`;
    case 1:
      return `chain${random.below(CHAINS)}.${APEX} A`;
    case 2:
      return `no${random.below(1_000_000)}.${APEX} A`;
    default:
      return `h${random.below(1_000_000)}.cut${random.below(CUTS)}.${APEX} A`;
  }
}

/** The same questions in every run. */
export function questions(name: QueryName): string[] {
  const random = new Random(1);
  return Array.from({ length: name === "large" ? LARGE_QUERIES : QUERIES }, (_, index) =>
    question(name, index, random),
  );
}

export function writeQueries(folder: string, name: QueryName): string {
  const file = join(folder, `${name}.queries`);
  writeFileSync(file, `${questions(name).join("\n")}\n`);
  return file;
}
