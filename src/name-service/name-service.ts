/**
 * The edge's name server, put together from its config: zones from their sources, signed and steered, behind listeners
 * and a DoH handler, with transfers both ways. Reload changes what has changed; a zone that is bad stays as it was.
 */
import { loadProblem } from "../dns/config/check-dns.ts";
import type { LoadedConfig } from "../config/load.ts";
import type { NormalDns, NormalZone } from "../dns/config/normal-dns.ts";
import { ConfigError, type ConfigProblem } from "../schema/problem.ts";
import { readSigningKeys } from "../dns/config/zone-signing-keys.ts";
import type { Handler, PoolPlan } from "../contract/plan.ts";
import type { Resolver } from "../contract/resolver.ts";
import type { Network } from "../contract/transport.ts";
import { ZoneSet } from "../dns/authority/zone-set.ts";
import { createDohHandler } from "../dns/server/doh.ts";
import {
  type DnsListening,
  type DnsServerStatistics,
  type RunningDnsServer,
  startDnsServer,
} from "../dns/server/dns-server.ts";
import { Steering } from "../dns/steering/steering.ts";
import type { SerialMemory } from "../dns/zone/serial.ts";
import { serialFile } from "../dns/store/serial-file.ts";
import type { ZoneReport } from "../dns/store/zone-report.ts";
import { ZoneStore } from "../dns/store/zone-store.ts";
import { type ZoneStatus, zoneStatus } from "../dns/transfer/zone-status.ts";
import { type TransferEvent, ZoneTransfers } from "../dns/transfer/zone-transfers.ts";
import { errorMessage } from "../error-message.ts";
import type { NameAnswer } from "../explain/name-answer.ts";
import { openCertificates, type OpenCertificates } from "./certificate-source.ts";
import { explainName } from "./explain-name.ts";
import { PoolHealthView } from "./pool-health-view.ts";
import { eventInWords, reportInWords } from "./words.ts";
import { type SignedZone, ZoneOpener } from "./zone-opener.ts";

export interface NameServiceOptions {
  /** For aliases to names that are not ours. */
  readonly resolver: Resolver;
  readonly network: Network;
  /** Gets a line for a person whenever something happens that nobody asked for. */
  readonly report: (line: string) => void;
}

type DohHandler = ReturnType<typeof createDohHandler>;

/** What a reload cannot change while it runs. */
interface Serving {
  readonly dns: NormalDns;
  readonly server: RunningDnsServer;
  readonly certificates: OpenCertificates | null;
  readonly doh: DohHandler;
}

export class NameService {
  readonly #options: NameServiceOptions;
  readonly #zones = new ZoneSet();
  readonly #store: ZoneStore;
  readonly #transfers: ZoneTransfers;
  readonly #health = new PoolHealthView();
  #steering: Steering | null = null;
  /** By file, of which each is written by one alone. */
  readonly #serialFiles = new Map<string, SerialMemory>();
  #opener: ZoneOpener;
  /** Zones are not signed again before this time, milliseconds since 1970. */
  #reopenAt = 0;
  #serving: Serving | null = null;
  /** Every zone has been good once. */
  #started = false;
  /** Zone files are read again when they change. */
  #watching = false;

  private constructor(options: NameServiceOptions, dns: NormalDns) {
    this.#options = options;
    this.#opener = new ZoneOpener(new Map(), null, this.#serialsIn, null);
    this.#store = new ZoneStore(this.#zones, dns.serials === null ? {} : { serials: this.#serialsIn(dns.serials) });
    this.#transfers = new ZoneTransfers({
      zones: this.#zones,
      store: this.#store,
      onEvent: (event) => this.#tell(event),
    });
  }

  /** @throws ConfigError when a zone cannot be served, or the system's error when an address cannot be bound; then nothing runs. */
  static async start(dns: NormalDns, loaded: LoadedConfig, options: NameServiceOptions): Promise<NameService> {
    const service = new NameService(options, dns);
    try {
      await service.adopt(dns, loaded);
      const failed = service.#problems(
        service.#store.reports().filter(({ outcome }) => outcome === "failed"),
        dns,
        loaded,
      );
      if (failed.length > 0) throw new ConfigError(failed);
    } catch (error) {
      await service.stop();
      throw error;
    }
    service.#transfers.start();
    service.#started = true;
    service.#watchFiles(dns);
    return service;
  }

  get listening(): readonly DnsListening[] {
    return this.#serving?.server.listening ?? [];
  }

  /** Every zone as it stands now. */
  zones(): ZoneStatus[] {
    return this.#store.reports().map((report) => zoneStatus(report, this.#transfers.statusOf(report.apex)));
  }

  /** Reads these zones again, and asks the primaries of those that are fetched. */
  async reload(apexes: readonly string[], force: boolean): Promise<void> {
    this.#say(await this.#store.reload({ apexes, force }));
    this.#transfers.refresh(apexes);
  }

  statistics(): DnsServerStatistics | null {
    return this.#serving?.server.statistics() ?? null;
  }

  /** RFC 8484, as a route's action. */
  readonly doh: Handler = (request, { clientAddress }) =>
    this.#serving?.doh(request, { clientAddress }) ?? new Response("the name server is starting\n", { status: 503 });

  explain(host: string, address: string): NameAnswer | null {
    return explainName(this.#zones, this.#steering, host, address);
  }

  /** Takes a config's zones and listeners. Bad zones stay as they were; `problems` tells of them. */
  async adopt(dns: NormalDns, loaded: LoadedConfig): Promise<readonly ConfigProblem[]> {
    const signed = signedZones(dns, loaded);
    const steering = this.#steer(dns);
    const opener = new ZoneOpener(signed, steering, this.#serialsIn, this.#opener);
    this.#transfers.sync(
      dns.keys,
      dns.zones.flatMap(({ transfer }) => transfer ?? []),
    );
    const before = this.#steering;
    this.#steering = steering;
    this.#opener = opener;
    this.#store.maxLoss = dns.files.maxLoss;
    this.#setHooks();
    const reports = await this.#store.sync(dns.zones.map(({ source }) => source));
    this.#tellSteering();
    if (this.#started) this.#watchFiles(dns);
    before?.stop();
    await steering?.load();
    await this.#serve(dns);
    return this.#problems(reports, dns, loaded);
  }

  #watchFiles({ files }: NormalDns): void {
    if (files.watch === this.#watching) return;
    this.#watching = files.watch;
    if (files.watch) this.#store.watch((reports) => this.#say(reports));
    else this.#store.close();
  }

  /** Zones are opened from now on with their signatures, and with what is steered in them. */
  #setHooks(): void {
    const steering = this.#steering;
    const opener = this.#opener;
    this.#store.setHooks({
      ...(steering !== null && { addMore: (builder) => steering.addNames(builder) }),
      open: (zone) => opener.open(zone),
    });
  }

  /** About ten times a second. */
  tick(pools: ReadonlyMap<string, PoolPlan>): void {
    const now = Date.now();
    if (this.#steering !== null) {
      this.#health.update(pools);
      this.#steering.tick(now);
    }
    if (now >= this.#opener.due && now >= this.#reopenAt) void this.#reopen(now);
  }

  async stop(): Promise<void> {
    this.#store.close();
    this.#transfers.stop();
    this.#steering?.stop();
    const serving = this.#serving;
    this.#serving = null;
    serving?.certificates?.stop();
    await serving?.server.stop();
  }

  readonly #serialsIn = (file: string): SerialMemory => {
    const known = this.#serialFiles.get(file) ?? serialFile(file);
    this.#serialFiles.set(file, known);
    return known;
  };

  #steer(dns: NormalDns): Steering | null {
    if (dns.steering === null) return null;
    const context = { zones: this.#zones, resolver: this.#options.resolver, health: this.#health };
    return new Steering(dns.steering, { ...context, before: this.#steering });
  }

  /** Listeners whose options are as before go on; others are closed and opened again. */
  async #serve(dns: NormalDns): Promise<void> {
    const running = this.#serving;
    if (running !== null && Bun.deepEquals(listenerOptions(running.dns), listenerOptions(dns))) return;
    if (running !== null) await this.#close(running);
    try {
      this.#serving = await this.#open(dns);
    } catch (error) {
      this.#serving = running === null ? null : await this.#open(running.dns);
      throw error;
    }
  }

  async #open(dns: NormalDns): Promise<Serving> {
    const { network, report } = this.#options;
    const certificates = dns.tls === null ? null : await openCertificates(dns.tls, report);
    try {
      const server = await startDnsServer({
        ...dns.server,
        zones: this.#zones,
        listen: dns.listen,
        handlers: [this.#transfers.handler],
        exempt: dns.exempt,
        network,
        ...(certificates !== null && { certificates: certificates.source }),
      });
      return { dns, server, certificates, doh: createDohHandler(server.responder) };
    } catch (error) {
      certificates?.stop();
      throw error;
    }
  }

  async #close({ server, certificates }: Serving): Promise<void> {
    this.#serving = null;
    certificates?.stop();
    await server.stop();
  }

  /** Signs again what is due. */
  async #reopen(now: number): Promise<void> {
    // A zone that cannot be signed now stays due: it is tried again, but not with every tick.
    this.#reopenAt = now + RETRY;
    try {
      this.#setHooks();
      this.#say(await this.#store.reopen());
    } catch (error) {
      this.#options.report(`dns: the zones could not be signed again: ${errorMessage(error)}`);
    }
  }

  #problems(reports: readonly ZoneReport[], dns: NormalDns, loaded: LoadedConfig): ConfigProblem[] {
    const zones = new Map(dns.zones.map((zone): [string, NormalZone] => [zone.apex, zone]));
    return reports.flatMap(({ apex, problems, findings }) => {
      const zone = zones.get(apex);
      if (zone === undefined) return [];
      const unusable = findings.map(({ owner, type, message }) => ({ message: `${owner} ${type}: ${message}` }));
      return [...problems, ...unusable].map((problem) => loadProblem(problem, zone, loaded));
    });
  }

  #say(reports: readonly ZoneReport[]): void {
    for (const report of reports) {
      const line = reportInWords(report);
      if (line !== "") this.#options.report(line);
    }
    this.#tellSteering();
  }

  #tellSteering(): void {
    for (const problem of this.#opener.takeProblems()) this.#options.report(`dns: ${problem}`);
  }

  #tell(event: TransferEvent): void {
    const line = eventInWords(event);
    if (line !== "") this.#options.report(line);
  }
}

/** Milliseconds between two signings at least. */
const RETRY = 60_000;

/** What listeners are made with. */
function listenerOptions({ listen, tls, server, exempt }: NormalDns): object {
  return { listen, tls, server, exempt };
}

/** @throws ConfigError when keys cannot be read, or cannot sign. */
function signedZones(dns: NormalDns, loaded: LoadedConfig): Map<string, SignedZone> {
  const signed = new Map<string, SignedZone>();
  const problems: ConfigProblem[] = [];
  for (const zone of dns.zones) {
    if (zone.signing === null) continue;
    for (const file of zone.signing.files) loaded.read.note(file);
    const { keys, problems: found } = readSigningKeys(zone, loaded, Date.now());
    problems.push(...found);
    signed.set(zone.apex, { signing: zone.signing, keys });
  }
  if (problems.length > 0) throw new ConfigError(problems);
  return signed;
}
