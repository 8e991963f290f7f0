/** What is wrong with `redirect` in the config. */
import { testBadRoutes } from "../../config/bad-parts-for-tests.ts";

testBadRoutes([
  ["{ redirect: {} }", "3:5 routes[0].redirect.to: is missing"],
  ["{ redirect: { to: /a, status: 300 } }", "3:33 routes[0].redirect.status: 300 is not known here"],
]);
