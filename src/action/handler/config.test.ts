/** What is wrong with `handler` in the config. */
import { testBadRoutes } from "../../config/bad-parts-for-tests.ts";

testBadRoutes([["{ handler: x }", '3:14 routes[0].handler: "x" is not a function']]);
