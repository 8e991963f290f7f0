/** What is wrong with `respond` in the config. */
import { testBadRoutes } from "../../config/bad-parts-for-tests.ts";

testBadRoutes([
  ["{ respond: { status: 99 } }", "3:24 routes[0].respond.status: 99 is too small"],
  ["{ respond: { status: 204, body: a } }", "3:35 routes[0].respond.body: a 204 response has no body"],
  [
    '{ respond: { fields: { "a b": c } } }',
    '3:26 routes[0].respond.fields["a b"]: "a b" is not a field name: use letters, digits and !#$%&\'*+-.^_`|~ (RFC 9110 §5.1)',
  ],
  ["{ respond: { fields: { date: c } } }", "3:26 routes[0].respond.fields.date: Date is written by the edge itself"],
  [
    '{ respond: { fields: { a: "b\\nc" } } }',
    "3:29 routes[0].respond.fields.a: a field value cannot hold a line break (RFC 9110 §5.5)",
  ],
]);
