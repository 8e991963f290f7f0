import { hasNone, type ResolvedAddresses, type ResolvedFamily } from "../../contract/resolver.ts";
import { describeLookupProblem } from "./lookup-problem.ts";

export interface NameAddresses {
  /** As they came; never empty. */
  readonly addresses: readonly string[];
  /** Seconds, of those that were found again. */
  readonly ttl: number;
  /** Why addresses of before are among them, in one clause; "": there are none. */
  readonly problem: string;
}

/** What a name resolved to last, by family: one whose query fails keeps the addresses that it had. */
export class KnownAddresses {
  #ipv4: readonly string[] = [];
  #ipv6: readonly string[] = [];

  /** All addresses of before. */
  get all(): readonly string[] {
    return [...this.#ipv4, ...this.#ipv6];
  }

  /** @throws an error with a `code` when neither family has an address; what was known stays known. */
  take({ ipv4, ipv6 }: ResolvedAddresses): NameAddresses {
    const found = [...ipv4.addresses, ...ipv6.addresses];
    if (found.length === 0) {
      // That a server failed says more than that the other family has no address.
      const { code } = hasNone(ipv4) ? ipv6 : ipv4;
      throw Object.assign(new Error(`no address (${code})`), { code });
    }
    const problems = [keptBecause("IPv4", ipv4, this.#ipv4), keptBecause("IPv6", ipv6, this.#ipv6)];
    this.#ipv4 = hold(ipv4, this.#ipv4);
    this.#ipv6 = hold(ipv6, this.#ipv6);
    return {
      addresses: this.all,
      ttl: found.reduce((least, { ttl }) => Math.min(least, ttl), Infinity),
      problem: problems.find((problem) => problem !== "") ?? "",
    };
  }
}

function hold(family: ResolvedFamily, before: readonly string[]): readonly string[] {
  if (family.addresses.length > 0) return [...new Set(family.addresses.map(({ address }) => address))];
  return hasNone(family) ? [] : before;
}

/** A family that never had an address is not missed: there are name servers that fail for AAAA. */
function keptBecause(words: string, family: ResolvedFamily, before: readonly string[]): string {
  if (family.addresses.length > 0 || hasNone(family) || before.length === 0) return "";
  return `${describeLookupProblem(family, `${words} address`)}, its ${words} addresses of before are kept`;
}
