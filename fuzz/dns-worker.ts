import { parentPort, workerData } from "node:worker_threads";
import { PacketChecker } from "./support/check-dns-packet.ts";
import { checkTransferAnswer } from "./support/check-dns-transfer.ts";
import { checkRecord, checkZoneFile } from "./support/check-dns-zone.ts";
import { DNS_INPUTS, DNS_WORDS, dnsSeeds, PACKET, RECORD, TRANSFER, ZONE_FILE } from "./support/dns-inputs.ts";
import { type Job, type Outcome, PROGRESS_HEADER } from "./support/job.ts";
import { mutate } from "./support/mutate.ts";
import { Random } from "./support/random.ts";

/** The work of `dns.ts`, in a thread of its own so that a hang can be seen from outside. */

/** Inputs of a kind kept at most because they brought another outcome. */
const MAX_POOL = 2_000;
/** Of ten inputs that many are packets, which are fast; a zone file takes a hundred times longer. */
const KINDS = [PACKET, PACKET, PACKET, PACKET, PACKET, PACKET, PACKET, RECORD, RECORD, TRANSFER];
const ZONE_FILE_EVERY = 100;

async function fuzz(job: Job): Promise<Outcome> {
  const random = new Random(job.seed);
  const header = new Int32Array(job.progress, 0, 3);
  const shown = Buffer.from(job.progress, PROGRESS_HEADER);
  const packets = new PacketChecker();
  const pools = dnsSeeds();
  const seeds = pools.flatMap((inputs, kind) => inputs.map((bytes) => ({ kind, bytes })));
  const endings = new Set<string>();
  const began = performance.now();
  const until = began + job.seconds * 1_000;
  let run = 0;
  for (; job.runs === 0 || run < job.runs; run++) {
    if (job.runs === 0 && (run & 255) === 0 && performance.now() > until) break;
    // First every input as it is.
    const seed = seeds[run];
    const kind = seed?.kind ?? (random.below(ZONE_FILE_EVERY) === 0 ? ZONE_FILE : random.pick(KINDS));
    const inputs = pools[kind]!;
    const input = seed?.bytes ?? mutate(random, random.pick(inputs), inputs, DNS_WORDS[kind]!);
    input.copy(shown);
    header[1] = input.length;
    header[2] = kind;
    Atomics.store(header, 0, run + 1);
    try {
      const outcome = outcomeOf(kind, input, packets, random);
      const ending = `${DNS_INPUTS[kind]}: ${typeof outcome === "string" ? outcome : await outcome}`;
      if (!endings.has(ending)) {
        endings.add(ending);
        if (inputs.length < MAX_POOL) inputs.push(Buffer.from(input));
      }
    } catch (error) {
      return { kind: "failed", run, error: error instanceof Error ? (error.stack ?? error.message) : String(error) };
    }
  }
  const kept = pools.reduce((sum, inputs) => sum + inputs.length, 0);
  return { kind: "passed", runs: run, pool: kept, endings: endings.size, milliseconds: performance.now() - began };
}

function outcomeOf(kind: number, input: Buffer, packets: PacketChecker, random: Random): string | Promise<string> {
  if (kind === PACKET) return packets.check(input, random);
  if (kind === TRANSFER) return checkTransferAnswer(input, random.below(2) === 0);
  return kind === ZONE_FILE ? checkZoneFile(input, random) : checkRecord(input);
}

// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a message to a thread, not to a window
parentPort!.postMessage(await fuzz(workerData as Job));
