import { supervise } from "./support/supervise.ts";
import { DNS_INPUTS } from "./support/dns-inputs.ts";

/**
 * Mutation fuzzer of the DNS server: packets, zone files, record data and zone transfers, changed at random.
 *
 *     bun fuzz/dns.ts [--seconds 60 | --runs N] [--seed N]
 *
 * Checked: nothing hangs, nothing throws but what is documented; what is sent is a whole message with the id and the
 * question of its query, never longer than allowed, and never an answer to an answer; a zone that can be read is
 * written as text and read as the same zone, and answers for all of its names. The same seed makes the same inputs.
 * Exits 1 with the input, as a JavaScript string, on the first failure.
 */
supervise("dns", new URL("./dns-worker.ts", import.meta.url), DNS_INPUTS);
