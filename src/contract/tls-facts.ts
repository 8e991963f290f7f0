/** What a finished TLS handshake says of a connection. */
export interface TlsFacts {
  /** RFC 8446: "TLSv1.3", "TLSv1.2". */
  readonly version: string;
  /** Of the cipher suite, as OpenSSL writes it. */
  readonly cipher: string;
  /** The host name of SNI (RFC 6066 §3), lower case; "" = the client sent none. */
  readonly serverName: string;
  /** What ALPN chose (RFC 7301): "h2", "http/1.1", "dot" …; "" = nothing was negotiated. */
  readonly protocol: string;
}
