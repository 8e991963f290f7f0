/** Starts the peers, checks that they answer alike, and measures in rounds, in an order that rotates. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { makeCertificate } from "../../src/tls/certificate-for-tests.ts";
import { readAnswer } from "../../tests/conformance/support/dns-difference.ts";
import { UdpAsker } from "../../tests/support/dns-client.ts";
import { coreBusy, cpuTime, residentMemory } from "../lib/cpu.ts";
import { freePorts, type Running, start, tail, temporaryFolder } from "../lib/processes.ts";
import { load, queryMessage } from "./load.ts";
import type { DnsPeer, PeerSettings } from "./peers/peer.ts";
import type { Loaded, PeerRounds, Round, WorkloadResult } from "./results.ts";
import type { Workload } from "./workloads.ts";
import { APEX, questions, writeQueries, type QueryName, type ZoneName } from "./zones.ts";

export interface Bench {
  readonly core: number;
  readonly loadCore: number;
  readonly rounds: number;
  readonly seconds: number;
  progress(text: string): void;
  warn(text: string): void;
}

export interface Subject {
  readonly peer: DnsPeer;
  readonly settings: PeerSettings;
  readonly process: Running;
  readonly loaded: Loaded;
}

/** Above this share of a core used by others, a round is called disturbed. */
const DISTURBED = 0.1;
const START_TIMEOUT = 60_000;
/** Questions of each kind that every peer must answer as the first one does. */
const CHECKED = 40;

let certificate: { readonly certificate: string; readonly key: string } | undefined;

async function certificateFiles(): Promise<{ readonly certificate: string; readonly key: string }> {
  if (certificate !== undefined) return certificate;
  const made = await makeCertificate({ names: ["localhost", "127.0.0.1"] });
  certificate = { certificate: join(temporaryFolder(), "certificate.pem"), key: join(temporaryFolder(), "key.pem") };
  writeFileSync(certificate.certificate, made.certificate);
  writeFileSync(certificate.key, made.key);
  return certificate;
}

export async function startPeer(bench: Bench, peer: DnsPeer, zone: ZoneName, zoneFile: string): Promise<Subject> {
  bench.progress(`starting ${peer.name} with the ${zone} zone`);
  const folder = join(temporaryFolder(), `${peer.name}-${zone}`);
  mkdirSync(folder);
  const [port = 0, tlsPort = 0, httpPort = 0] = await freePorts(3);
  const settings = { port, tlsPort, httpPort, apex: APEX, zoneFile, folder, ...(await certificateFiles()) };
  const command = peer.prepare(settings);
  const began = performance.now();
  const process = start(`${peer.name}-${zone}`, bench.core, command);
  try {
    await untilAnswers(port, process);
  } catch (error) {
    await process.stop();
    throw error;
  }
  const milliseconds = performance.now() - began;
  return { peer, settings, process, loaded: { peer: peer.name, milliseconds, memory: residentMemory(process.pid) } };
}

function packet(question: string): Uint8Array {
  const [name = "", type = ""] = question.split(" ");
  return queryMessage(name, type);
}

async function untilAnswers(port: number, process: Running): Promise<void> {
  const asker = new UdpAsker(port);
  try {
    for (const deadline = performance.now() + START_TIMEOUT; performance.now() < deadline;) {
      const answer = await asker.ask(packet(`${APEX} SOA`), 20).catch(() => null);
      if (answer !== null && readAnswer(answer).answer.length === 1) return;
      if (process.exited()) throw new Error(`ended before it answered:\n${tail(process.log)}`);
    }
    throw new Error(`does not answer on ${port}:\n${tail(process.log)}`);
  } finally {
    asker.close();
  }
}

/** Warns of every peer that answers otherwise than the first. */
export async function compareAnswers(bench: Bench, subjects: readonly Subject[], name: QueryName): Promise<void> {
  const asked = questions(name).slice(0, CHECKED);
  const answers = await Promise.all(subjects.map(({ settings }) => askAll(settings.port, asked)));
  for (const [index, { peer }] of subjects.entries()) {
    const unlike = asked.find((_, at) => answers[index]![at] !== answers[0]![at]);
    if (unlike !== undefined)
      bench.warn(`INVALID: ${peer.name} answers ${unlike} otherwise than ${subjects[0]!.peer.name}`);
  }
}

async function askAll(port: number, asked: readonly string[]): Promise<string[]> {
  const asker = new UdpAsker(port);
  try {
    const answers = await Promise.all(asked.map((question) => asker.ask(packet(question))));
    return answers.map((bytes) => {
      const { code, answer, authority, additional } = readAnswer(bytes);
      return [code, ...answer, "", ...authority, "", ...additional].join("\n");
    });
  } finally {
    asker.close();
  }
}

export async function measure(bench: Bench, workload: Workload, subjects: readonly Subject[]): Promise<WorkloadResult> {
  const queries = writeQueries(temporaryFolder(), workload.queries);
  const results: PeerRounds[] = subjects.map(({ peer }) => ({ peer: peer.name, rounds: [] }));
  for (const subject of subjects) {
    bench.progress(`${workload.name}: warming up ${subject.peer.name}`);
    await oneRound(bench, workload, subject, queries).catch(failedRound);
  }
  for (let round = 0; round < bench.rounds; round++) {
    for (let turn = 0; turn < subjects.length; turn++) {
      const index = (turn + round) % subjects.length;
      const subject = subjects[index]!;
      bench.progress(`${workload.name}: round ${round + 1} of ${bench.rounds}, ${subject.peer.name}`);
      results[index]!.rounds.push(await oneRound(bench, workload, subject, queries).catch(failedRound));
    }
  }
  warnOf(bench, workload, results);
  return { workload: workload.name, title: workload.title, peers: results };
}

async function oneRound(bench: Bench, workload: Workload, subject: Subject, queries: string): Promise<Round> {
  const { process, settings } = subject;
  if (process.exited()) throw new Error(`${subject.peer.name} has ended during ${workload.name}`);
  const began = Bun.nanoseconds();
  const before = { used: cpuTime(process.pid), core: coreBusy(bench.core), load: coreBusy(bench.loadCore) };
  const result = await load(bench.loadCore, workload, subject.peer, settings, queries, bench.seconds);
  const cpu = cpuTime(process.pid) - before.used;
  const elapsed = Bun.nanoseconds() - began;
  return {
    cpu: cpu / 1_000 / result.queries,
    queriesPerSecond: result.queries / result.seconds,
    latency: result.latency,
    busy: cpu / elapsed,
    loadBusy: (coreBusy(bench.loadCore) - before.load) / elapsed,
    foreign: Math.max(0, coreBusy(bench.core) - before.core - cpu) / elapsed,
    errors: result.errors,
  };
}

/** A peer that died, or a load that could not run: the others go on. */
function failedRound(error: unknown): Round {
  const message = (error instanceof Error ? error.message : String(error)).split("\n")[0] ?? "";
  return { cpu: 0, queriesPerSecond: 0, latency: 0, busy: 0, loadBusy: 0, foreign: 0, errors: [message] };
}

function warnOf(bench: Bench, workload: Workload, results: readonly PeerRounds[]): void {
  for (const { peer, rounds } of results) {
    const errors = [...new Set(rounds.flatMap((round) => round.errors))];
    if (errors.length > 0) bench.warn(`INVALID: ${workload.name}, ${peer}: ${errors.join("; ")}`);
  }
  const rounds = results.flatMap((result) => result.rounds);
  const disturbed = rounds.filter((round) => round.foreign > DISTURBED).length;
  if (disturbed === 0) return;
  bench.warn(`${workload.name}: in ${disturbed} of ${rounds.length} runs other programs used the peer's core too`);
}
