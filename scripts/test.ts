/** `npm test`: all tests, or those that match the arguments; ends with `N passed, N failed, N skipped`. */
import { runTests } from "./run-tests.ts";
import { printSkipped } from "./print-skipped.ts";

const { passed, failed, skipped } = await runTests(process.argv.slice(2));
printSkipped(skipped);
console.log(`${passed} passed, ${failed} failed, ${skipped.length} skipped`);
process.exitCode = failed > 0 || passed === 0 ? 1 : 0;
