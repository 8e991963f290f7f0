import { describe, expect, test } from "bun:test";
import { count } from "./run-tests.ts";

const report = `<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="bun test" tests="6" assertions="2" failures="1" skipped="3" time="0.01">
  <testsuite name="a.test.ts" file="a.test.ts" tests="6" assertions="2" failures="1" skipped="3" time="0.005">
    <testcase name="ok &amp; fine" classname="group" time="0.1" file="a.test.ts" line="2" assertions="1" />
    <testcase name="needs &lt;nginx&gt;" classname="group" time="0" file="a.test.ts" line="2" assertions="0">
      <skipped />
    </testcase>
    <testcase name="bad" classname="" time="0.1" file="a.test.ts" line="2" assertions="1">
      <failure type="AssertionError" message="expected">no</failure>
    </testcase>
    <testcase name="alone" classname="" time="0" file="b.test.ts" line="2" assertions="0">
      <skipped message="TODO" />
    </testcase>
  </testsuite>
</testsuites>`;
const clean = report.replace('failures="1" skipped="3"', 'failures="0" skipped="3"');

describe("what the closing line counts", () => {
  test("passed, failed and skipped tests", () => {
    expect(count(report, " 1 fail\n", 1)).toEqual({
      passed: 2,
      failed: 1,
      skipped: ["a.test.ts: group > needs <nginx>", "b.test.ts: alone"],
    });
  });

  test("a file that could not be loaded is a failure", () => {
    expect(count(clean, "\n 2 fail\n 1 error\n", 1).failed).toBe(1);
    expect(count(clean, "\n2 fail\n2 errors\n", 1).failed).toBe(2);
  });

  test("an exit code other than 0 is a failure, whatever the report says", () => {
    expect(count(clean, "", 134).failed).toBe(1);
    expect(count(null, "", 0)).toEqual({ passed: 0, failed: 1, skipped: [] });
  });

  test("all is well", () => {
    expect(count(clean, "", 0)).toMatchObject({ passed: 3, failed: 0 });
  });
});
