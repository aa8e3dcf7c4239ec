/** Decides when to try again after a failure that may pass. */

/** The first wait, in milliseconds. */
const MIN_WAIT = 1_000;
/** The longest wait, in milliseconds. */
const MAX_WAIT = 30_000;

/** Waits that double up to a limit, and are partly random: after an outage not all pages come back at once. */
export class Backoff {
  #failures = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** Calls `attempt` after the next wait, unless one is scheduled already. */
  schedule(attempt: () => void): void {
    const wait = Math.min(MAX_WAIT, MIN_WAIT * 2 ** this.#failures++);
    this.#timer ??= setTimeout(
      () => {
        this.#timer = undefined;
        attempt();
      },
      wait * (0.5 + Math.random() / 2),
    );
  }

  /** Cancels the scheduled attempt, and forgets earlier failures. */
  reset(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#failures = 0;
  }
}
