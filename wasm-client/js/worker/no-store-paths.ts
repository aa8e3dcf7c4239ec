/** Remembers the paths whose every answer said `no-store`. The browser's cache has nothing of them. */

/** The most paths to remember. After that the memory starts anew. */
const MAX_PATHS = 1_000;

/** Everything that the server protects is such a path. Skipping the cache saves a tenth of a small request's time. */
export class NoStorePaths {
  /** Whether all answers for a path said `no-store`. */
  readonly #paths = new Map<string, boolean>();

  has(path: string): boolean {
    return this.#paths.get(path) ?? false;
  }

  /** Notes what an answer says. A failure is ignored, because it may come from a proxy. */
  note(path: string, { ok, headers }: Response): void {
    if (!ok) return;
    if (this.#paths.size >= MAX_PATHS) this.#paths.clear();
    const isNoStore = /\bno-store\b/i.test(headers.get('cache-control') ?? '');
    this.#paths.set(path, isNoStore && (this.#paths.get(path) ?? true));
  }
}
