/** The key files of signed zones. */
import { errorMessage } from "../../error-message.ts";
import { readKeyFile, settleRoles } from "../dnssec/key-file.ts";
import { keysAt, type TimedKey } from "../dnssec/key-times.ts";
import { signersOf } from "../dnssec/zone-keys.ts";
import type { NormalZone } from "./normal-dns.ts";
import type { ConfigProblem, ProblemSource } from "../../schema/problem.ts";

const SECOND = 1000;

/**
 * Reads the keys of a zone, empty when it is not signed, and says what keeps it from being signed with them now.
 * @param now milliseconds since 1970.
 */
export function readSigningKeys(
  zone: NormalZone,
  loaded: ProblemSource,
  now: number,
): { readonly keys: readonly TimedKey[]; readonly problems: readonly ConfigProblem[] } {
  const { signing } = zone;
  if (signing === null) return { keys: [], problems: [] };
  const path = ["dns", "zones", zone.key, "dnssec"];
  const read: TimedKey[] = [];
  const problems: ConfigProblem[] = [];
  const report = (value: unknown, message: string, expected: string): void => {
    problems.push(loaded.problem(path, { value, message, expected }));
  };
  for (const file of signing.files) {
    try {
      read.push(readKeyFile(file));
    } catch (error) {
      report(file, `${file}: ${reason(error)}`, "a key file, made by roundtrip dns key create or by BIND's tools");
    }
  }
  const keys = settleRoles(read);
  if (problems.length > 0) return { keys, problems };
  try {
    signersOf(keysAt(keys, now / SECOND));
  } catch (error) {
    report(
      undefined,
      `with these keys, as of now, ${errorMessage(error)}`,
      "a key that signs both (CSK), or a KSK and a ZSK",
    );
  }
  return { keys, problems };
}

function reason(error: unknown): string {
  const isMissing = error instanceof Error && "code" in error && error.code === "ENOENT";
  return isMissing ? "there is no such file" : errorMessage(error);
}
