import { supervise } from "./support/supervise.ts";

/**
 * Mutation fuzzer of the HTTP/1.1 codec: requests and responses from `corpus/http1`, changed at random.
 *
 *     bun fuzz/http1.ts [--seconds 60 | --runs N] [--seed N]
 *
 * Every input is fed whole and in pieces. Checked: nothing throws or hangs, every position lies within the bytes,
 * both runs give the same events, and a request as it would be sent on is read as the same request. The same seed
 * makes the same inputs. Exits 1 with the input, as a JavaScript string, on the first failure.
 */
supervise("http1", new URL("./http1-worker.ts", import.meta.url), ["request", "response"]);
