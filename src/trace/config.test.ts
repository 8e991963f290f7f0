/** What is wrong with what the config says of the access log and traces. */
import { testBadLines } from "../config/bad-parts-for-tests.ts";

testBadLines([
  ["accessLog: true", "2:12 accessLog: true is not allowed here"],
  ["accessLog: { format: jsn }", '2:22 accessLog.format: "jsn" is not known here → json'],
  ["trace: { ring: 0 }", "2:16 trace.ring: 0 is too small"],
]);
