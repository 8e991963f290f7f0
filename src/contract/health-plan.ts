/** How a pool finds out which of its targets can be used. Times in milliseconds. */

export interface HealthPlan {
  /** Null: no active checks. */
  readonly check: CheckPlan | null;
  readonly passive: PassivePlan;
  /** Panic: when fewer than this share (0…1) of the targets are up, all are used. 0: only when none is up. */
  readonly panic: number;
}

/** Ejects a target for what traffic meets there. */
export interface PassivePlan {
  /** Failures within `window` that eject; 0 = never. */
  readonly maxFails: number;
  readonly window: number;
  /** Response statuses that count as failures, beside connects, resets and timeouts. */
  readonly statuses: readonly StatusRange[];
  /** Length of the first ejection; each further one is twice as long, up to `maxRest`. */
  readonly rest: number;
  readonly maxRest: number;
  /** Share (0…1) of the pool's targets that may be ejected at once; one may always be. */
  readonly maxEjected: number;
}

/** Both ends included. */
export interface StatusRange {
  readonly from: number;
  readonly to: number;
}

export interface CheckPlan {
  /** The innermost layer that is looked at. */
  readonly kind: "tcp" | "tls" | "http" | "grpc";
  /** 0 = the target's own. */
  readonly port: number;
  readonly interval: number;
  /** While the target is down. */
  readonly downInterval: number;
  /** For the whole check, all layers. */
  readonly timeout: number;
  /** Each interval is longer or shorter by up to this share of it (0…1), so that edges do not check in step. */
  readonly jitter: number;
  /** Checks in a row that must pass (fail) before a target that is down (up) changes. The first check decides alone. */
  readonly rise: number;
  readonly fall: number;
  /** TLS under `http` and `grpc`; `tls` always has it. Null: plain. */
  readonly tls: CheckTls | null;
  /** Null for kinds other than `http`. */
  readonly http: CheckHttp | null;
  /** Name of the gRPC service asked about (grpc.health.v1); "" = the server as a whole. */
  readonly service: string;
}

export interface CheckTls {
  /** SNI, and the name that the certificate must be for; "" = the target's host when that is a name. */
  readonly serverName: string;
  /** False: any certificate will do. */
  readonly verify: boolean;
}

export interface CheckHttp {
  readonly version: 1 | 2;
  readonly method: string;
  /** With query. */
  readonly path: string;
  /** Host (`:authority`); "" = the target's address. */
  readonly host: string;
  readonly statuses: readonly StatusRange[];
  /** What the body must hold; null = anything. At most 64 KiB of it are read. */
  readonly body: string | RegExp | null;
}
