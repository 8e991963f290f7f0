/**
 * `roundtrip demonstration`: the shop of `examples/shop` behind an edge, all on this machine's loopback.
 * It ends as a whole: with the edge first, so that no live request meets a backend that is gone.
 */
import { join } from "node:path";
import { styleText } from "node:util";
import { shopConfig } from "../../examples/shop/roundtrip.config.ts";
import { ServiceFailed, type ServiceExit } from "../../examples/shop/service-process.ts";
import { startShop, type Shop } from "../../examples/shop/start-services.ts";
import { loadValue } from "../config/load.ts";
import { startEdge } from "../edge/edge.ts";
import type { Edge } from "../edge/edge-handle.ts";
import { demonstrationReport, type Paint } from "./demonstration-report.ts";
import { programName } from "./program-name.ts";
import { freeNamePort, freePort } from "./free-port.ts";

const HOST = "127.0.0.1";
const DEFAULT_PORT = 8080;
/** 53 and 853 need a privilege. */
const NAME_PORT = 5300;
const NAME_TLS_PORT = 8853;
/** Killed by SIGINT, as a shell counts it: 128 + 2. */
const KILLED = 130;
/**
 * Milliseconds within which a second signal is the echo of the first: ctrl-C reaches every process of the terminal,
 * and npm, which started us, passes on the one it got.
 */
const ECHO = 700;

export interface DemonstrationOptions {
  /** Where the edge listens; when it is taken, the next free port upward. Default 8080. */
  readonly port?: number;
  /** Directory for the database and the access log; it is kept. Default: a temporary one, removed at the end. */
  readonly data?: string;
  /** postgres:// URL. Default: DATABASE_URL, and SQLite without it. */
  readonly databaseUrl?: string;
}

/** Runs until ctrl-C, SIGTERM or SIGHUP; answers the exit code. Errors of the edge's start are thrown. */
export async function runDemonstration(options: DemonstrationOptions = {}): Promise<number> {
  const interruption = new Interruption();
  const wanted = options.port ?? DEFAULT_PORT;
  const port = freePort(HOST, wanted);
  if (port !== wanted) say(`Port ${wanted} is taken; the edge listens on ${port} instead.`);

  const names = { port: await freeNamePort(HOST, NAME_PORT), tlsPort: freePort(HOST, NAME_TLS_PORT) };

  const shop = await startShopOrExplain(options, interruption);
  if (shop === null) return 1;
  interruption.kill = () => shop.kill();

  const accessLog = join(shop.data, "access.log");
  let edge: Edge;
  try {
    const config = { ...shopConfig(shop.services, port, names, programName()), accessLog: { path: accessLog } };
    edge = await startEdge({ config: loadValue(config, "demonstration"), signals: false });
  } catch (error) {
    await shop.stop();
    throw error;
  }

  say(
    demonstrationReport(
      {
        edge: `http://${HOST}:${edge.listeners[0]?.port ?? port}`,
        admin: edge.admin === null ? null : `http://${edge.admin.host}:${edge.admin.port}`,
        pid: process.pid,
        services: shop.services,
        names,
        database: shop.database,
        accessLog,
        program: programName(),
      },
      paint,
    ),
  );

  const signal = await Promise.race([interruption.awaited(), edge.stopped]);
  if (signal !== undefined) say(`\n${signal}: live requests may finish; a second ctrl-C does not wait for them.`);
  await edge.stop();
  say("edge stopped");
  await shop.stop();
  if (options.data === undefined) say("temporary files removed");
  interruption.dispose();
  return 0;
}

async function startShopOrExplain(options: DemonstrationOptions, interruption: Interruption): Promise<Shop | null> {
  const databaseUrl = options.databaseUrl ?? process.env["DATABASE_URL"] ?? "";
  try {
    return await startShop({
      ...(options.data !== undefined && { data: options.data }),
      ...(databaseUrl !== "" && { databaseUrl }),
      onProgress: say,
      onServiceExit: (exit) => say(exitLine(exit)),
    });
  } catch (error) {
    interruption.dispose();
    if (!(error instanceof ServiceFailed)) throw error;
    console.error(error.message);
    return null;
  }
}

function exitLine({ instance, pid, how, service }: ServiceExit): string {
  return `${instance} (pid ${pid}) ended with ${how}; ${service} has another instance.`;
}

/** The signals that end the demonstration: the first one asks, a second one does not wait. */
class Interruption {
  /** Ends at once what would otherwise be left behind. */
  kill: () => void = () => undefined;
  #firstAt = 0;
  #onFirst: ((signal: NodeJS.Signals) => void) | null = null;
  readonly #onSignal = (signal: NodeJS.Signals): void => this.#receive(signal);

  constructor() {
    for (const signal of SIGNALS) process.on(signal, this.#onSignal);
  }

  /** Resolves at the first signal; from then on, and before, a signal ends the process at once. */
  awaited(): Promise<NodeJS.Signals> {
    return new Promise((resolve) => {
      this.#onFirst = resolve;
    });
  }

  dispose(): void {
    for (const signal of SIGNALS) process.off(signal, this.#onSignal);
  }

  #receive(signal: NodeJS.Signals): void {
    const now = performance.now();
    if (this.#firstAt !== 0 && now - this.#firstAt < ECHO) return;
    if (this.#firstAt === 0 && this.#onFirst !== null) {
      this.#firstAt = now;
      this.#onFirst(signal);
      return;
    }
    // Services that are still starting, and are not known here, end and clean up when they see that we are gone.
    this.kill();
    process.exit(KILLED);
  }
}

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** Colours only on a terminal, and not when NO_COLOR asks for none. */
const paint: Paint = (style, text) => styleText(style, text, { stream: process.stdout });

function say(text: string): void {
  console.log(text);
}
