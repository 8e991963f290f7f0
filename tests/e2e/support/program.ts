/** Programs that a test needs and a machine may lack. */
import { existsSync } from "node:fs";

/** Debian packages by program. */
const PACKAGES: Readonly<Record<string, string>> = {
  nginx: "nginx-light",
  curl: "curl",
  bash: "bash",
  dig: "bind9-dnsutils",
  kdig: "knot-dnsutils",
  knotd: "knot",
  "ldns-keygen": "ldnsutils",
  "ldns-signzone": "ldnsutils",
};

/** Where servers are when an ordinary user's PATH leaves them out. */
const SERVER_FOLDERS = ["/usr/sbin", "/usr/local/sbin", "/sbin"];

/** The program's path; null when it is missing, and then says so: a test that does not run must not look like one that passed. */
export function program(name: string): string | null {
  const found =
    Bun.which(name) ?? SERVER_FOLDERS.map((folder) => `${folder}/${name}`).find((path) => existsSync(path)) ?? null;
  if (found === null) {
    console.warn(`NOT TESTED: "${name}" is missing. On Debian: apt-get install ${PACKAGES[name] ?? name}`);
  }
  return found;
}
