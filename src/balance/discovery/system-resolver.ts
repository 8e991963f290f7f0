/**
 * The name servers of /etc/resolv.conf, and behind them the system's own lookup (/etc/hosts, search domains, mDNS),
 * which knows names that DNS does not. Literal addresses are their own answer.
 *
 * What Bun 1.4.5 does, as measured: `resolve4` and `resolve6` give TTLs, `resolveSrv` gives none; a name without
 * records of the type is reported as ENOTFOUND; nobody listening is reported as ETIMEOUT; timeouts count in whole
 * seconds (1 s and two tries are 3 s in all); `cancel` works. c-ares reads /etc/resolv.conf once for each `Resolver`,
 * which costs 50 µs, so that a new one for each question follows its changes.
 */
import type { RecordWithTtl } from "node:dns";
import { Resolver as NodeResolver, lookup } from "node:dns/promises";
import { isIP } from "node:net";
import { byFamily } from "../../contract/resolver.ts";
import type { ResolvedAddresses, ResolvedFamily, ResolvedService, Resolver } from "../../contract/resolver.ts";

/** One try and a second one: 3 s at most for each name server. Milliseconds. */
const TRY_TIMEOUT = 1000;
const TRIES = 2;
/** For everything. Milliseconds. */
const OVERALL_TIMEOUT = 5000;
/** The part of it that DNS gets, so that something is left for the lookup behind it. */
const DNS_SHARE = 0.7;
/** What the system's lookup answers has no TTL. Seconds. */
const LOOKUP_TTL = 30;
/** A literal address does not change. Seconds. */
const LITERAL_TTL = 86_400;

export interface SystemResolverOptions {
  /** "192.0.2.1", "192.0.2.1:5353" or "[2001:db8::1]:53" instead of the system's name servers. */
  readonly servers?: readonly string[];
  /** For one question, milliseconds; 5 s when there is none. */
  readonly timeout?: number;
}

export class SystemResolver implements Resolver {
  private readonly servers: readonly string[];
  private readonly timeout: number;
  private readonly asking = new Set<NodeResolver>();

  constructor(options: SystemResolverOptions = {}) {
    this.servers = options.servers ?? [];
    this.timeout = options.timeout ?? OVERALL_TIMEOUT;
  }

  /** The system's lookup is asked when DNS has an address of neither family. */
  async resolveAddresses(name: string): Promise<ResolvedAddresses> {
    if (isIP(name) !== 0) return byFamily([{ address: name, ttl: LITERAL_TTL }]);
    // RFC 6761 §6.3: localhost is never asked for in DNS.
    if (isLocalhost(name)) return lookUp(name, this.timeout);
    const begun = performance.now();
    const found = await this.query((resolver) => bothFamilies(resolver, name));
    if (found.ipv4.addresses.length + found.ipv6.addresses.length > 0) return found;
    const left = this.timeout - (performance.now() - begun);
    // What DNS says says more than "getaddrinfo ENOTFOUND".
    return lookUp(name, left).catch(() => found);
  }

  /** The TTL is 0: not told. */
  async resolveServices(name: string): Promise<readonly ResolvedService[]> {
    const records = await this.query((resolver) => resolver.resolveSrv(name));
    return records.map((record) => ({
      name: record.name.replace(/\.$/, "").toLowerCase(),
      port: record.port,
      priority: record.priority,
      weight: record.weight,
      ttl: 0,
    }));
  }

  /** Questions that are open fail with ECANCELLED. Without it they would keep a process alive that wants to end. */
  cancel(): void {
    for (const resolver of this.asking) resolver.cancel();
  }

  private async query<Answer>(ask: (resolver: NodeResolver) => Promise<Answer>): Promise<Answer> {
    const resolver = new NodeResolver({ timeout: TRY_TIMEOUT, tries: TRIES });
    if (this.servers.length > 0) resolver.setServers([...this.servers]);
    this.asking.add(resolver);
    try {
      // Several silent name servers would take several times three seconds.
      return await within(ask(resolver), this.timeout * DNS_SHARE, () => resolver.cancel());
    } finally {
      this.asking.delete(resolver);
    }
  }
}

/** Rejects when they are cancelled. */
async function bothFamilies(resolver: NodeResolver, name: string): Promise<ResolvedAddresses> {
  const [ipv4, ipv6] = await Promise.all([
    outcomeOf(resolver.resolve4(name, { ttl: true })),
    outcomeOf(resolver.resolve6(name, { ttl: true })),
  ]);
  return { ipv4, ipv6 };
}

async function outcomeOf(asked: Promise<RecordWithTtl[]>): Promise<ResolvedFamily> {
  try {
    const addresses = await asked;
    return { addresses, code: addresses.length === 0 ? "ENODATA" : "" };
  } catch (error) {
    const code = codeOf(error);
    if (code === "ECANCELLED") throw error;
    return { addresses: [], code: typeof code === "string" ? code : "EBADRESP" };
  }
}

function isLocalhost(name: string): boolean {
  const lower = name.toLowerCase();
  return lower === "localhost" || lower.endsWith(".localhost");
}

async function lookUp(name: string, timeout: number): Promise<ResolvedAddresses> {
  const found = await within(lookup(name, { all: true }), timeout, () => undefined);
  return byFamily(found.map(({ address }) => ({ address, ttl: LOOKUP_TTL })));
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && "code" in error ? error.code : undefined;
}

/** Rejects with ETIMEOUT and calls `cancel` when the promise takes longer than `timeout` milliseconds. */
async function within<Answer>(promise: Promise<Answer>, timeout: number, cancel: () => void): Promise<Answer> {
  const { promise: over, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => {
      reject(Object.assign(new Error("no answer in time"), { code: "ETIMEOUT" }));
      cancel();
    },
    Math.max(0, timeout),
  );
  try {
    return await Promise.race([promise, over]);
  } finally {
    clearTimeout(timer);
  }
}
