/** What is wrong with what the config says of the access log and traces. */
import { testBadLines } from "../config/bad-parts-for-tests.ts";

testBadLines([
  ["accessLog: true", "2:12 accessLog: true is not allowed here"],
  ["accessLog: { format: jsn }", '2:22 accessLog.format: "jsn" is not known here → json'],
  [
    'accessLog: { format: "${client.adress} ${status}" }',
    '2:22 accessLog.format: "${client.adress}" is no variable → ${client.address}',
  ],
  ['accessLog: { format: "$status ${path}" }', '2:22 accessLog.format: "$status" has no braces → ${status}'],
  [
    'accessLog: { format: "$remote_addr ${path}" }',
    '2:22 accessLog.format: "$remote_addr" is written "${client.address}" here',
  ],
  ['accessLog: { format: "${path" }', '2:22 accessLog.format: "${" has no "}" behind it'],
  ["trace: { ring: 0 }", "2:16 trace.ring: 0 is too small"],
]);
