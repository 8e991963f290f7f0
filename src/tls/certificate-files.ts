/** A certificate from files, read again when they change. */
import { createPrivateKey, X509Certificate } from "node:crypto";
import { type FSWatcher, readFileSync, watch } from "node:fs";
import { dirname } from "node:path";
import type { CertificatePair, CertificateSource } from "../contract/certificate-source.ts";
import { errorMessage } from "../error-message.ts";

/** Whoever renews a certificate writes two files; changes so close together are one, milliseconds. */
const SETTLE = 200;

export interface CertificateFilesOptions {
  /** Chain as PEM, the server's own certificate first. */
  readonly certificateFile: string;
  /** Private key as PEM. */
  readonly keyFile: string;
  /** Told when changed files cannot be used; the pair from before is kept. */
  readonly onProblem?: (message: string) => void;
}

export class CertificateFiles implements CertificateSource {
  readonly #options: CertificateFilesOptions;
  #pair: CertificatePair;
  readonly #listeners = new Set<() => void>();
  readonly #watchers: FSWatcher[];
  #timer: Timer | null = null;

  /** @throws Error that names the file when a file cannot be read, or the two do not belong together. */
  constructor(options: CertificateFilesOptions) {
    this.#options = options;
    this.#pair = readPair(options);
    // The folder, since a file that is replaced by `rename` is another one to the system.
    const folders = new Set([dirname(options.certificateFile), dirname(options.keyFile)]);
    this.#watchers = [...folders].map((folder) => watch(folder, { persistent: false }, () => this.#settle()));
  }

  current(): CertificatePair {
    return this.#pair;
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  stop(): void {
    for (const watcher of this.#watchers) watcher.close();
    if (this.#timer !== null) clearTimeout(this.#timer);
  }

  /** Reads the files now. Answers whether there is another pair than before. */
  reload(): boolean {
    let pair: CertificatePair;
    try {
      pair = readPair(this.#options);
    } catch (error) {
      this.#options.onProblem?.(errorMessage(error));
      return false;
    }
    if (pair.certificate === this.#pair.certificate && pair.key === this.#pair.key) return false;
    this.#pair = pair;
    for (const listener of this.#listeners) listener();
    return true;
  }

  #settle(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.reload(), SETTLE);
    this.#timer.unref();
  }
}

function readPair({ certificateFile, keyFile }: CertificateFilesOptions): CertificatePair {
  const certificate = readText(certificateFile);
  const key = readText(keyFile);
  const read = parse(certificateFile, "certificate", () => new X509Certificate(certificate));
  const secret = parse(keyFile, "private key", () => createPrivateKey(key));
  if (!read.checkPrivateKey(secret)) throw new Error(`${keyFile}: is not the key of ${certificateFile}`);
  return { certificate, key };
}

function readText(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : String(error);
    throw new Error(`${file}: cannot be read (${code})`, { cause: error });
  }
}

function parse<Value>(file: string, what: string, read: () => Value): Value {
  try {
    return read();
  } catch (error) {
    throw new Error(`${file}: holds no ${what} in PEM`, { cause: error });
  }
}
