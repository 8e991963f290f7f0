/** Whether picks in turn move on. They do not while somebody only looks. */
export class TurnTaking {
  isPaused = false;

  /** Runs it so that nobody's turn is taken. */
  pause<T>(run: () => T): T {
    const before = this.isPaused;
    this.isPaused = true;
    try {
      return run();
    } finally {
      this.isPaused = before;
    }
  }
}
