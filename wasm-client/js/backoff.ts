/** When to try again what failed for a reason that passes. */

/** The first wait and the longest, in milliseconds. */
const FIRST = 1_000;
const LONGEST = 30_000;

/** Waits double, up to a limit, and are partly random: the pages of a server that was down do not all come back at once. */
export class Retry {
  #times = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** Tries again after a while, unless that is planned already. */
  plan(attempt: () => void): void {
    const full = Math.min(LONGEST, FIRST * 2 ** this.#times++);
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      attempt();
    }, full * (0.5 + Math.random() / 2));
  }

  /** Drops the plan, and forgets earlier failures. */
  reset(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#times = 0;
  }
}
