/** Signs zones with ldns, so that what we serve was signed by somebody else. */
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { withoutGenerate, type ZoneText } from "./dns-zones.ts";

/** The programs that are needed. */
export const LDNS = ["ldns-keygen", "ldns-signzone"] as const;

export interface LdnsOptions {
  /** NSEC3 (no salt, no extra iterations: RFC 9276), with opt-out or without; NSEC otherwise. */
  readonly nsec3?: "full" | "opt-out";
  /** ldns's name of it; fast to make keys for. */
  readonly algorithm?: string;
}

/** @throws Error with what ldns says. */
export function signWithLdns({ apex, text }: ZoneText, options: LdnsOptions = {}): ZoneText {
  const folder = mkdtempSync(join(tmpdir(), "roundtrip-ldns-"));
  try {
    const run = (argv: readonly string[]): string => {
      const child = Bun.spawnSync([...argv], { cwd: folder });
      if (child.exitCode !== 0) throw new Error(`${argv.join(" ")}: ${child.stderr.toString()}`);
      return child.stdout.toString().trim();
    };
    const algorithm = ["-a", options.algorithm ?? "ECDSAP256SHA256"];
    const name = apex.replace(/\.$/, "");
    const ksk = run(["ldns-keygen", ...algorithm, "-k", name]);
    const zsk = run(["ldns-keygen", ...algorithm, name]);
    // ldns knows no $GENERATE, and takes its origin from the option alone.
    writeFileSync(join(folder, "zone"), withoutGenerate(text));
    const nsec3 = options.nsec3 === undefined ? [] : ["-n", "-t", "0", ...(options.nsec3 === "opt-out" ? ["-p"] : [])];
    run(["ldns-signzone", ...nsec3, "-o", name, "-f", join(folder, "signed"), "zone", ksk, zsk]);
    if (!readdirSync(folder).includes("signed")) throw new Error("ldns-signzone wrote nothing");
    return { apex, text: readFileSync(join(folder, "signed"), "utf8") };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
