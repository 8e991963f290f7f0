/** What is wrong with what the config says of the admin API. */
import { testBadLines } from "../config/bad-parts-for-tests.ts";

testBadLines([
  ['admin: { address: "0.0.0.0:1" }', '2:19 admin.address: "0.0.0.0:1" can be reached from other machines'],
  ["admin: { token: short }", "2:17 admin.token: has 5 characters"],
  ['admin: { token: "0123456789 abcdef" }', "2:17 admin.token: is not a token"],
  ["admin: { token: 0123456789abcdef, explainToken: 0123456789abcdef }", "2:49 admin.explainToken: is the admin token"],
]);
