import { formatHostPort } from "../bytes/address.ts";
import type { WheelMilliseconds } from "../contract/time.ts";
import type { Endpoint, Target, TargetMode, TargetSource, UpstreamLink } from "../contract/target.ts";
import { TargetHealth } from "../contract/target-health.ts";

/** A target with what only its pool knows of it. The pool alone changes it. */
export class PoolTarget implements Target {
  readonly address: string;
  readonly host: string;
  readonly port: number;
  source: TargetSource;
  sourceWeight: number;
  weight: number;
  weightPinned = false;
  tier: number;
  backup: boolean;
  index = -1;
  maxConnections = 0;

  mode: TargetMode;
  modeSince: number;
  modeUntil = 0;
  removed = false;
  readonly health = new TargetHealth();

  draining = false;
  down = false;
  effectiveWeight = 0;

  active = 0;
  penalty = 0;
  readonly links = new Set<UpstreamLink>();
  room = 0;
  readonly free: UpstreamLink[] = [];
  latency = 0;
  latencyAt = 0;
  warmSince = 0;

  /** The source's last word; what an operator sets holds until this changes. */
  sourceMode: TargetMode;
  /** Its pool has let it go: what still ends there only counts down `active`. */
  dropped = false;
  /** When its links are cut, wheel milliseconds; 0 = never, or done. */
  cutAt = 0;
  /** The next check decides alone, whatever `rise` and `fall` say. */
  undecided = true;
  /** It took requests when it was last looked at: neither draining nor down. */
  inUse = false;
  /** Good service counts from here (see `passive-health.ts`); wheel milliseconds. */
  goodSince = 0;

  constructor(endpoint: Endpoint, source: TargetSource, now: WheelMilliseconds) {
    this.address = formatHostPort(endpoint);
    this.host = endpoint.host;
    this.port = endpoint.port;
    this.source = source;
    this.sourceWeight = endpoint.weight;
    this.weight = endpoint.weight;
    this.tier = endpoint.tier;
    this.backup = endpoint.backup;
    this.mode = endpoint.mode;
    this.sourceMode = endpoint.mode;
    this.modeSince = now;
  }
}
