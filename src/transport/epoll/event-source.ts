/** Something with a file descriptor that the loop watches: a connection, a listener, an attempt to connect. */
export abstract class EventSource {
  /** -1 once it is closed. */
  fd: number;
  /** Tells its events from those of an earlier descriptor with the same number. */
  generation = 0;
  /** It stands on the loop's list of those who get a turn. */
  queued = false;

  constructor(fd: number) {
    this.fd = fd;
  }

  /** `events`: EPOLLIN and so on. */
  abstract onEvents(events: number): void;
  /** The turn that it asked for by `EpollLoop.later`. It may have been closed since. */
  abstract onTurn(): void;
}
