import type { PolicyContext } from "../contract/policy.ts";
import { systemEnv } from "../time/clocks.ts";
import { TimerWheel } from "../time/wheel.ts";
import { WheelTimers } from "../time/wheel-timers.ts";
import { ProcessState } from "./process-state.ts";

/** What a policy is made with when nothing around it lives. */
export function policyContext(parts: Partial<PolicyContext> = {}): PolicyContext {
  return {
    env: systemEnv,
    timers: new WheelTimers(new TimerWheel()),
    shared: new ProcessState(),
    report: () => {},
    slot: 0,
    previous: null,
    ...parts,
  };
}
