/** What the edge's own name server says to a request's host: the first station of its way. */
export interface NameAnswer {
  /** Without port and final dot. */
  readonly host: string;
  /** Apex of the zone that answers; empty: the host is in no zone of ours. */
  readonly zone: string;
  readonly serial: number;
  /** A and AAAA, one after the other. */
  readonly answers: readonly NameRecords[];
}

export interface NameRecords {
  readonly type: "A" | "AAAA";
  /** NOERROR, NXDOMAIN, SERVFAIL … */
  readonly code: string;
  /** Records of the answer section as text, CNAMEs included. */
  readonly records: ReadonlyArray<{
    readonly name: string;
    readonly type: string;
    /** Seconds. */
    readonly ttl: number;
    readonly data: string;
  }>;
  /** A referral: the servers of the zone below. */
  readonly referral: readonly string[];
  /** Why it is this answer, for a name that is steered. */
  readonly steps: readonly string[];
}
