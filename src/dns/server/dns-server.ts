/** The authoritative server: one responder behind listeners for UDP, TCP and TLS. */
import { randomBytes } from "node:crypto";
import { createAddressSet } from "../../bytes/address-set.ts";
import type { AddressSet } from "../../contract/plan.ts";
import type { CertificateSource } from "../../contract/certificate-source.ts";
import type { DatagramSocket } from "../../contract/datagram.ts";
import type { Listening, Network } from "../../contract/transport.ts";
import { SystemFailure } from "../../schema/system-failure.ts";
import { TICK, TimerWheel } from "../../time/wheel.ts";
import { bunNetwork, listenSecurely } from "../../transport/bun-transport.ts";
import type { AnswerSource } from "../authority/answer-source.ts";
import type { ChaosNames } from "../authority/chaos-answer.ts";
import type { MessageHandler } from "../authority/message-handler.ts";
import { Responder } from "../authority/responder.ts";
import { ResponderStatistics, type StatisticsSnapshot } from "../authority/responder-statistics.ts";
import { RATE_LIMIT, type RateLimitOptions, ResponseRateLimiter } from "../authority/response-rate-limiter.ts";
import { ServerCookies } from "../authority/server-cookies.ts";
import type { ZoneSet } from "../authority/zone-set.ts";
import { StreamHost } from "./stream-host.ts";
import { STREAM_LIMITS, type StreamLimits } from "./stream-limits.ts";
import { listenUdp } from "./udp-listener.ts";

export interface DnsListenOptions {
  readonly transport: "udp" | "tcp" | "tls";
  /** One address: each is bound by itself, so that answers leave from the address that was asked. */
  readonly host: string;
  /** 0: any free one; for TCP the one that UDP has at the same address, if that stands before it. */
  readonly port: number;
}

export interface DnsServerOptions {
  readonly zones: ZoneSet;
  readonly listen: readonly DnsListenOptions[];
  /** Needed for TLS. */
  readonly certificates?: CertificateSource;
  /** Zone transfers, NOTIFY, signed messages. */
  readonly handlers?: readonly MessageHandler[];
  /** Who answers what lies in none of the zones. */
  readonly sources?: readonly AnswerSource[];
  /** `false`: no DNS cookies. `secret`: 16 bytes, shared by servers with one address. */
  readonly cookies?: false | { readonly secret?: Uint8Array; readonly requiredAbove?: number };
  /** `false`: answers over UDP are not limited. */
  readonly rateLimit?: false | Partial<Omit<RateLimitOptions, "exempt">>;
  /** Clients that it does not hold for: addresses and networks. */
  readonly exempt?: AddressSet | readonly string[];
  /** Text that tells this server from others with its address (RFC 5001). */
  readonly nsid?: string;
  readonly chaos?: ChaosNames;
  readonly streams?: Partial<StreamLimits>;
  readonly network?: Network;
}

export interface DnsListening {
  readonly transport: "udp" | "tcp" | "tls";
  readonly host: string;
  readonly port: number;
}

export interface DnsServerStatistics extends StatisticsSnapshot {
  /** Live TCP and TLS connections. */
  readonly connections: number;
  readonly connectionsRefused: number;
  /** UDP answers that the kernel did not take. */
  readonly unsent: number;
}

export interface RunningDnsServer {
  readonly listening: readonly DnsListening[];
  /** Answers as the listeners do: DNS over HTTPS stands on it. */
  readonly responder: Responder;
  statistics(): DnsServerStatistics;
  /** Takes nothing new, answers what was asked over TCP and TLS, and closes, after `timeout` ms (default 5,000) at the latest. */
  stop(timeout?: number): Promise<void>;
}

/** Cookies made with a secret hold for an hour at most: with its predecessor kept, once a day is safe. */
const ROTATE = 86_400_000;

class DnsServer implements RunningDnsServer {
  readonly responder: Responder;
  readonly listening: DnsListening[] = [];
  readonly #options: DnsServerOptions;
  readonly #wheel = new TimerWheel();
  readonly #host: StreamHost;
  readonly #udp: DatagramSocket[] = [];
  readonly #streams: Array<{ stop(): void }> = [];
  readonly #timers: Timer[] = [];

  constructor(options: DnsServerOptions) {
    this.#options = options;
    const { nsid, chaos, handlers, sources, cookies = {}, rateLimit = {}, exempt } = options;
    const limits = { ...STREAM_LIMITS, ...options.streams };
    const serverCookies = cookies === false ? null : new ServerCookies(cookies.secret ?? randomBytes(16));
    this.responder = new Responder(options.zones, {
      ...(handlers !== undefined && { handlers }),
      ...(sources !== undefined && { sources }),
      ...(chaos !== undefined && { chaos }),
      ...(nsid !== undefined && { nsid: Buffer.from(nsid) }),
      ...(serverCookies !== null && { cookies: serverCookies }),
      ...(cookies !== false && cookies.requiredAbove !== undefined && { cookiesRequiredAbove: cookies.requiredAbove }),
      ...(rateLimit !== false && {
        rateLimiter: new ResponseRateLimiter({ ...RATE_LIMIT, ...rateLimit, exempt: addressSet(exempt) }),
      }),
      idleTimeout: Math.floor(limits.idleTimeout / 1_000),
    });
    this.#host = new StreamHost(this.responder, this.#wheel, limits);
    const begun = performance.now();
    this.#every(TICK, () => {
      this.#wheel.advance(performance.now() - begun);
      this.responder.tick(Date.now());
    });
    // A secret that is shared with other servers changes where it was given.
    if (serverCookies !== null && cookies !== false && cookies.secret === undefined) {
      this.#every(ROTATE, () => serverCookies.rotate(randomBytes(16)));
    }
  }

  async listen(options: DnsListenOptions): Promise<void> {
    const { transport, host } = options;
    if (transport === "udp") {
      const udp = await listenUdp(this.#options.network ?? bunNetwork, this.responder, host, options.port);
      this.#udp.push(udp);
      this.listening.push({ transport, host, port: udp.port });
      return;
    }
    const beside = this.listening.find((other) => other.transport === "udp" && other.host === host);
    const port = options.port === 0 && transport === "tcp" && beside !== undefined ? beside.port : options.port;
    const stream = transport === "tcp" ? this.#listenTcp(host, port) : this.#listenTls(host, port);
    this.#streams.push(stream);
    this.listening.push({ transport, host, port: stream.port });
  }

  statistics(): DnsServerStatistics {
    return {
      ...ResponderStatistics.sum([this.responder.statistics]),
      connections: this.#host.connections,
      connectionsRefused: this.#host.refused,
      unsent: this.#udp.reduce((sum, udp) => sum + udp.unsent, 0),
    };
  }

  async stop(timeout = 5_000): Promise<void> {
    for (const stream of this.#streams) stream.stop();
    for (const udp of this.#udp) udp.stop();
    await this.#host.drain(timeout);
    for (const timer of this.#timers) clearInterval(timer);
  }

  #listenTcp(host: string, port: number): Listening {
    return (this.#options.network ?? bunNetwork).listen(host, port, this.#host.acceptor(false));
  }

  #listenTls(host: string, port: number): Listening {
    const { certificates } = this.#options;
    if (certificates === undefined) throw new Error("DNS over TLS needs a certificate");
    const accept = this.#host.acceptor(true);
    let current = listenSecurely(host, port, certificates.current(), ["dot"], accept);
    const bound = current.port;
    // The new listener stands beside the old one before that goes; connections live on with the old certificate.
    const unwatch = certificates.onChange(() => {
      const old = current;
      current = listenSecurely(host, bound, certificates.current(), ["dot"], accept);
      old.stop();
    });
    return {
      host,
      port: bound,
      setBacklog: (backlog) => current.setBacklog(backlog),
      stop(): void {
        unwatch();
        current.stop();
      },
    };
  }

  #every(period: number, action: () => void): void {
    const timer = setInterval(action, period);
    timer.unref();
    this.#timers.push(timer);
  }
}

function isList(exempt: AddressSet | readonly string[]): exempt is readonly string[] {
  return Array.isArray(exempt);
}

function addressSet(exempt: AddressSet | readonly string[] = []): AddressSet {
  return isList(exempt) ? createAddressSet(exempt) : exempt;
}

/** Free ports of UDP are tried until one is free for TCP as well. */
const TRIES = 20;

/** Starts listening everywhere or nowhere. Rejects with a SystemFailure. */
export async function startDnsServer(options: DnsServerOptions): Promise<RunningDnsServer> {
  const chosen = options.listen.some(({ transport, port }) => transport === "tcp" && port === 0);
  for (let count = 1; ; count++) {
    const server = new DnsServer(options);
    try {
      for (const listen of options.listen) {
        await server.listen(listen).catch((error: unknown) => {
          throw new SystemFailure(["dns", "listeners"], { kind: "listen", ...listen }, error);
        });
      }
      return server;
    } catch (error) {
      await server.stop(0);
      const taken = error instanceof SystemFailure && error.code === "EADDRINUSE";
      if (!chosen || !taken || count === TRIES) throw error;
    }
  }
}
