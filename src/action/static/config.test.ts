/** What is wrong with `static` in the config. */
import { testBadRoutes } from "../../config/bad-parts-for-tests.ts";

testBadRoutes([
  ["{ static: nowhere }", "3:13 routes[0].static.root: no folder /nowhere"],
  ['{ static: { root: ".", index: [../a] } }', '3:34 routes[0].static.index[0]: "../a" leads out of the root'],
  ['{ static: { root: ".", symlinks: outside } }', '3:36 routes[0].static.symlinks: "outside" is not known here'],
  [
    '{ static: { root: ".", symlinks: insides } }',
    '3:36 routes[0].static.symlinks: "insides" is not known here → inside',
  ],
]);
