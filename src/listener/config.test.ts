/** What is wrong with what the config says of listeners, limits, timeouts and trusted proxies. */
import { testBadLines } from "../config/bad-parts-for-tests.ts";

testBadLines([
  ["limits: { heads: 1KB }", "2:11 limits.heads: is not known here → head"],
  ["timeouts: { keepalive: 5s }", "2:13 timeouts.keepalive: is not known here → keepAlive"],
  ["timeouts: { head: 10x }", '2:19 timeouts.head: "10x" is not a duration'],
  ["timeouts: { head: 0 }", "2:19 timeouts.head: 0 is too short"],
  ["timeouts: { head: 25h }", '2:19 timeouts.head: "25h" is too long'],
  ["timeouts: { head: -5 }", "2:19 timeouts.head: -5 is not a duration"],
  ["timeouts: { head: [1] }", "2:13 timeouts.head: [1] is not a duration"],
  ["limits: { body: 10XB }", '2:17 limits.body: "10XB" is not a size'],
  ["limits: { head: none }", '2:17 limits.head: "none" is not a size'],
  ["limits: { head: 2MB }", '2:17 limits.head: "2MB" is too large'],
  ["limits: { fields: 1001 }", "2:19 limits.fields: 1001 is too large"],
  ["limits: { fields: 1.5 }", "2:19 limits.fields: 1.5 is not a whole number"],
  ["listeners: [8080]", "2:13 listeners[0]: 8080 is not an address → :8080"],
  ['listeners: ["1.2.3.4"]', '2:13 listeners[0]: "1.2.3.4" has no port'],
  ['listeners: [":80", "a:0", "0.0.0.0:80", "a:0"]', "2:27 listeners[2]: 0.0.0.0:80 is listened on already"],
  [
    'listeners: [{ address: ":1", name: in }, { address: ":2", name: in }]',
    '2:65 listeners[1].name: listeners[0] is named "in" already',
  ],
  [
    'listeners: [{ address: ":0", name: in }, { address: ":0", name: in }]',
    '2:65 listeners[1].name: listeners[0] is named "in" already',
  ],
  ['listeners: [{ address: ":1", name: "b:2" }, "b:2"]', '2:45 listeners[1]: listeners[0] is named "b:2" already'],
  ['listeners: [{ address: ":1", name: "" }]', '2:36 listeners[0].name: "" is not a listener name'],
  ["listeners: []", "2:1 listeners: is empty"],
  [
    'listeners: [{ adress: "a:1" }]',
    "2:13 listeners[0].address: is missing | 2:15 listeners[0].adress: is not known here → address",
  ],
  [
    "trustedProxies: [10.0.0.0/33]",
    '2:18 trustedProxies[0]: "10.0.0.0/33" has no valid prefix length: 0 to 32 is expected behind the "/"',
  ],
  ["trustedProxies: 10.0.0.0/8", '2:17 trustedProxies: "10.0.0.0/8" is not an array'],
]);
