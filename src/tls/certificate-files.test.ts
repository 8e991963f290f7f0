import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CertificateFiles } from "./certificate-files.ts";
import { createSelfSigned } from "./self-signed.ts";

let folder = "";
let certificateFile = "";
let keyFile = "";
const [first, second] = [await createSelfSigned({ names: ["a.test"] }), await createSelfSigned({ names: ["b.test"] })];

function write(certificate: string, key: string): void {
  // As programs do that renew certificates.
  for (const [file, text] of [
    [certificateFile, certificate],
    [keyFile, key],
  ] as const) {
    writeFileSync(`${file}.new`, text);
    renameSync(`${file}.new`, file);
  }
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "roundtrip-cert-"));
  certificateFile = join(folder, "chain.pem");
  keyFile = join(folder, "key.pem");
  write(first.certificate, first.key);
});

afterEach(() => rmSync(folder, { recursive: true }));

describe("CertificateFiles", () => {
  test("notices new files and tells of them once", async () => {
    const files = new CertificateFiles({ certificateFile, keyFile });
    try {
      expect(files.current()).toEqual(first);
      let told = 0;
      const changed = new Promise<void>((resolve) => {
        files.onChange(() => {
          told++;
          resolve();
        });
      });
      write(second.certificate, second.key);
      await changed;
      expect(files.current()).toEqual(second);
      expect([files.reload(), told]).toEqual([false, 1]);
    } finally {
      files.stop();
    }
  });

  test("keeps the pair that works when the new one does not", () => {
    const problems: string[] = [];
    const files = new CertificateFiles({ certificateFile, keyFile, onProblem: (message) => problems.push(message) });
    try {
      for (const [certificate, key] of [
        [second.certificate, first.key],
        ["nothing", first.key],
        [first.certificate, "nothing"],
      ] as const) {
        write(certificate, key);
        expect(files.reload()).toBe(false);
      }
      rmSync(keyFile);
      files.reload();
      expect(problems).toEqual([
        `${keyFile}: is not the key of ${certificateFile}`,
        `${certificateFile}: holds no certificate in PEM`,
        `${keyFile}: holds no private key in PEM`,
        `${keyFile}: cannot be read (ENOENT)`,
      ]);
      expect(files.current()).toEqual(first);
    } finally {
      files.stop();
    }
  });

  test("does not begin with files that cannot be used", () => {
    expect(() => new CertificateFiles({ certificateFile, keyFile: join(folder, "none.pem") })).toThrow("none.pem");
  });
});
