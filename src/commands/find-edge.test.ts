import { describe, expect, test } from "bun:test";
import { resolve } from "node:path";
import type { RunFile } from "../control/run-file.ts";
import { type EdgeAddress, type EdgeChoice, fittingRuns } from "./find-edge.ts";

function run(pid: number, listeners: string[], config: string): RunFile {
  return { pid, listeners, config, admin: `http://127.0.0.1:${pid}`, token: "t", source: config, started: pid };
}

const RUNS = [
  run(3, ["127.0.0.1:8080", "[::]:8443"], resolve("shop.yaml")),
  run(2, ["127.0.0.2:8080"], resolve("other.yaml")),
  run(1, ["127.0.0.1:9090"], resolve("shop.yaml")),
];

describe("the running edges that fit", () => {
  const cases: Array<[EdgeChoice, EdgeAddress | undefined, number[]]> = [
    [{}, undefined, [3, 2, 1]],
    [{ port: 9090 }, undefined, [1]],
    [{ port: 8443 }, undefined, [3]],
    [{ port: 8080 }, undefined, [3, 2]],
    [{ port: 443 }, undefined, []],
    [{ config: "./shop.yaml" }, undefined, [3, 1]],
    [{ config: "shop.yaml", port: 9090 }, undefined, [1]],
    [{ config: "none.yaml" }, undefined, []],
    [{}, { host: "127.0.0.2", port: 8080 }, [2]],
    [{}, { host: "shop.test", port: 8080 }, [3, 2]],
    [{}, { host: "shop.test", port: 9090 }, [1]],
  ];
  test.each(cases)("%j at %j", (choice, at, pids) => {
    expect(fittingRuns(RUNS, choice, at).map(({ pid }) => pid)).toEqual(pids);
  });
});
