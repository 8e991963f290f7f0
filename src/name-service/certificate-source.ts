import type { CertificateSource } from "../contract/certificate-source.ts";
import type { NormalDnsTls } from "../dns/config/normal-dns.ts";
import { CertificateFiles } from "../tls/certificate-files.ts";
import { SelfSignedSource } from "../tls/self-signed.ts";

export interface OpenCertificates {
  readonly source: CertificateSource;
  stop(): void;
}

/** @throws Error that names the file when the certificate or its key cannot be used. */
export async function openCertificates(tls: NormalDnsTls, report: (line: string) => void): Promise<OpenCertificates> {
  if (tls.kind === "self-signed") {
    const source = await SelfSignedSource.open({ names: tls.names });
    return { source, stop: () => source.stop() };
  }
  const { certificate, key } = tls;
  const onProblem = (message: string): void => report(`the certificate is kept as it was: ${message}`);
  const source = new CertificateFiles({ certificateFile: certificate, keyFile: key, onProblem });
  return { source, stop: () => source.stop() };
}
