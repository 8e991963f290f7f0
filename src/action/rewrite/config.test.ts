/** What is wrong with `rewrite` in the config. */
import { testBadRoutes } from "../../config/bad-parts-for-tests.ts";

testBadRoutes([
  ["{ proxy: { pool: app, rewrite: {} } }", "3:25 routes[0].proxy.rewrite: says nothing"],
  [
    "{ proxy: { pool: app, rewrite: { path: /a, addPrefix: /b } } }",
    "3:25 routes[0].proxy.rewrite: has both path and a prefix",
  ],
  [
    "{ proxy: { pool: app, rewrite: { addPrefix: b } } }",
    '3:47 routes[0].proxy.rewrite.addPrefix: "b" does not begin with "/"',
  ],
]);
