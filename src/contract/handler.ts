/** A TypeScript function that answers. It gets a standard Request and what the edge knows of it. */
export type Handler = (request: Request, context: HandlerContext) => Response | Promise<Response>;

export interface HandlerContext {
  /** The client's address, found past trusted proxies. */
  readonly clientAddress: string;
  /** 32 hexadecimal digits. */
  readonly traceId: string;
  /** Parameters of the route's path by name: `/users/:id` gives `id`. */
  readonly params: Readonly<Record<string, string>>;
}
