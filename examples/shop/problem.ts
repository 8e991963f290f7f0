/** An answer that says what is wrong, as RFC 9457 problem details. Throw it anywhere in an endpoint. */
export class Problem extends Error {
  override readonly name = "Problem";
  readonly status: number;
  readonly fields: Readonly<Record<string, string>>;

  /** `detail` is one or two sentences for the caller: what was wrong and what to do. */
  constructor(status: number, detail: string, fields: Readonly<Record<string, string>> = {}) {
    super(detail);
    this.status = status;
    this.fields = fields;
  }

  toResponse(): Response {
    const document = { type: "about:blank", title: titleOf(this.status), status: this.status, detail: this.message };
    return new Response(`${JSON.stringify(document, null, 2)}\n`, {
      status: this.status,
      headers: { ...this.fields, "Content-Type": "application/problem+json" },
    });
  }
}

const TITLES: Readonly<Record<number, string>> = {
  400: "Bad Request",
  404: "Not Found",
  405: "Method Not Allowed",
  409: "Conflict",
  413: "Content Too Large",
  415: "Unsupported Media Type",
  422: "Unprocessable Content",
  426: "Upgrade Required",
  429: "Too Many Requests",
  500: "Internal Server Error",
  502: "Bad Gateway",
  503: "Service Unavailable",
  504: "Gateway Timeout",
};

function titleOf(status: number): string {
  return TITLES[status] ?? (status < 500 ? "Request Failed" : "Server Failed");
}
