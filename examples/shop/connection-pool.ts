/**
 * A bounded pool of database connections. The wait for a connection is a time of its own, apart from the query's:
 * "the database is slow" and "we have too few connections" look alike from outside and have different remedies.
 */

/** The pool is exhausted: every connection stayed busy for the whole time allowed, or too many callers wait. */
export class PoolExhausted extends Error {
  override readonly name = "PoolExhausted";
}

interface Waiting<Connection> {
  readonly resolve: (connection: Connection) => void;
  readonly reject: (error: Error) => void;
  readonly timer: ReturnType<typeof setTimeout>;
}

export interface ConnectionPoolOptions<Connection> {
  /** Connections at most, 1 or more. They are opened when they are first needed. */
  readonly size: number;
  readonly open: () => Promise<Connection>;
  readonly close: (connection: Connection) => Promise<void>;
  /** Callers that may wait at once; a further one fails. Default 256. */
  readonly maxWaiting?: number;
  /** How long one may wait, milliseconds. Default 5000. */
  readonly timeout?: number;
}

export class ConnectionPool<Connection> {
  readonly size: number;
  readonly #open: () => Promise<Connection>;
  readonly #close: (connection: Connection) => Promise<void>;
  readonly #maxWaiting: number;
  readonly #timeout: number;
  readonly #idle: Connection[] = [];
  readonly #waiting: Array<Waiting<Connection>> = [];
  #opened = 0;
  #closed = false;

  constructor(options: ConnectionPoolOptions<Connection>) {
    this.size = options.size;
    this.#open = options.open;
    this.#close = options.close;
    this.#maxWaiting = options.maxWaiting ?? 256;
    this.#timeout = options.timeout ?? 5000;
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  /** @throws PoolExhausted, or whatever opening a connection throws. */
  async acquire(): Promise<Connection> {
    if (this.#closed) throw new PoolExhausted("The connection pool is closed: the service is stopping.");
    const idle = this.#idle.pop();
    if (idle !== undefined) return idle;
    if (this.#opened < this.size) return this.#openOne();
    if (this.#waiting.length >= this.#maxWaiting) {
      throw new PoolExhausted(`All ${this.size} database connections are busy and ${this.#maxWaiting} requests wait.`);
    }
    return this.#wait();
  }

  /** Gives a connection back: to the one who waits longest, or to the idle ones. */
  release(connection: Connection): void {
    const next = this.#waiting.shift();
    if (next !== undefined) {
      clearTimeout(next.timer);
      next.resolve(connection);
    } else if (this.#closed) {
      void this.#close(connection);
    } else {
      this.#idle.push(connection);
    }
  }

  /** Closes what is idle now and everything else on its release. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const waiting of this.#waiting.splice(0)) {
      clearTimeout(waiting.timer);
      waiting.reject(new PoolExhausted("The connection pool is closed: the service is stopping."));
    }
    await Promise.all(this.#idle.splice(0).map(this.#close));
  }

  async #openOne(): Promise<Connection> {
    this.#opened += 1;
    try {
      return await this.#open();
    } catch (error) {
      this.#opened -= 1;
      throw error;
    }
  }

  #wait(): Promise<Connection> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.splice(this.#waiting.indexOf(waiting), 1);
        reject(new PoolExhausted(`All ${this.size} database connections stayed busy for ${this.#timeout} ms.`));
      }, this.#timeout);
      const waiting: Waiting<Connection> = { resolve, reject, timer };
      this.#waiting.push(waiting);
    });
  }
}
