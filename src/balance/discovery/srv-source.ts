/**
 * `srv`: the SRV records of one name (RFC 2782) and the addresses of the servers that they name. A server's name that
 * cannot be resolved keeps the addresses it had; one that never had any is left out. Both are said.
 */
import type { ResolvedService, Resolver } from "../../contract/resolver.ts";
import { KnownAddresses } from "./known-addresses.ts";
import { describeLookupProblem } from "./lookup-problem.ts";
import { LookupRunner } from "./lookup-runner.ts";
import type { LookupOutcome } from "./lookup-runner.ts";
import type { CreateRunner } from "./source-runner.ts";
import { srvEndpoints } from "./srv-endpoints.ts";

/** Lifetime of SRV records whose TTL the resolver does not tell, seconds. */
const UNKNOWN_TTL = 30;
/** Names that a remark lists; the rest is counted. */
const NAMES_SAID = 3;

export const createSrvRunner: CreateRunner<"srv"> = (plan, sink, tools) => {
  const service = new SrvLookup(plan.name, tools.resolver);
  return new LookupRunner(() => service.ask(), plan.refresh, sink, tools);
};

/** Addresses of a server's name. */
interface NameOutcome {
  readonly name: string;
  readonly known: KnownAddresses;
  readonly addresses: readonly string[];
  /** Seconds; Infinity when it could not be resolved. */
  readonly ttl: number;
  /** Why it could not be resolved; "" = it was. */
  readonly problem: string;
}

class SrvLookup {
  private readonly name: string;
  private readonly resolver: Resolver;
  /** What the names of the last answer resolved to. */
  private known: ReadonlyMap<string, KnownAddresses> = new Map();

  constructor(name: string, resolver: Resolver) {
    this.name = name;
    this.resolver = resolver;
  }

  async ask(): Promise<LookupOutcome> {
    let records: readonly ResolvedService[];
    try {
      records = await this.resolver.resolveServices(this.name);
    } catch (error) {
      return this.failure(describeLookupProblem(error, "SRV record"));
    }
    if (records.length === 0) return this.failure("the name has no SRV record");
    const ttl = records.reduce((least, record) => Math.min(least, record.ttl || UNKNOWN_TTL), Infinity);
    const servers = records.filter(({ name }) => name !== "" && name !== ".");
    if (servers.length === 0) {
      // RFC 2782: "A Target of "." means that the service is decidedly not available at this domain."
      const remark = `${this.name}: the service is said not to be available (SRV target ".")`;
      return { kind: "answer", endpoints: [], remark, ttl, partial: false };
    }
    return this.resolveServers(servers, ttl);
  }

  private async resolveServers(records: readonly ResolvedService[], ttl: number): Promise<LookupOutcome> {
    const names = [...new Set(records.map(({ name }) => name))];
    const outcomes = await Promise.all(names.map((name) => this.resolveName(name)));
    this.known = new Map(outcomes.map(({ name, known }) => [name, known]));
    const problems = outcomes.filter(({ problem }) => problem !== "").map(({ problem }) => problem);
    const remark = problems.length === 0 ? "" : `${this.name}: ${sumUp(problems)}`;
    const endpoints = srvEndpoints(
      records.filter(({ port }) => port > 0),
      new Map(outcomes.map(({ name, addresses }) => [name, addresses])),
    );
    if (endpoints.length === 0) {
      return { kind: "failure", problem: remark === "" ? `${this.name}: no record has a usable port` : remark };
    }
    return {
      kind: "answer",
      endpoints,
      remark,
      ttl: outcomes.reduce((least, outcome) => Math.min(least, outcome.ttl), ttl),
      partial: problems.length > 0,
    };
  }

  private async resolveName(name: string): Promise<NameOutcome> {
    const known = this.known.get(name) ?? new KnownAddresses();
    try {
      const { addresses, ttl, problem } = known.take(await this.resolver.resolveAddresses(name));
      return { name, known, addresses, ttl, problem: problem === "" ? "" : `${name}: ${problem}` };
    } catch (error) {
      const addresses = known.all;
      const fate = addresses.length === 0 ? "left out" : "its addresses of before are kept";
      const problem = `${name}: ${describeLookupProblem(error, "address")}, ${fate}`;
      return { name, known, addresses, ttl: Infinity, problem };
    }
  }

  private failure(problem: string): LookupOutcome {
    return { kind: "failure", problem: `${this.name}: ${problem}` };
  }
}

function sumUp(problems: readonly string[]): string {
  const said = problems.slice(0, NAMES_SAID).join("; ");
  const rest = problems.length - NAMES_SAID;
  return rest > 0 ? `${said}; and ${rest} more names` : said;
}
