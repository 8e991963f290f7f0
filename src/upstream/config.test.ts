/** What is wrong with what the config says of forwarding. */
import { testBadLines } from "../config/bad-parts-for-tests.ts";

testBadLines([
  ["forwarding: { via: a b }", '2:20 forwarding.via: "a b" is not a pseudonym'],
  ["forwarding: { forwarded: yes }", '2:26 forwarding.forwarded: "yes" is not a boolean'],
]);
