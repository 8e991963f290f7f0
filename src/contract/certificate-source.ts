/** A certificate chain with its private key, both as PEM text; the server's own certificate first. */
export interface CertificatePair {
  readonly certificate: string;
  readonly key: string;
}

/** Where a listener gets its certificate from: files, one made for the occasion, or a manager that renews it. */
export interface CertificateSource {
  current(): CertificatePair;
  /** Calls `listener` after each change of what `current` answers; the function that comes back ends that. */
  onChange(listener: () => void): () => void;
}
