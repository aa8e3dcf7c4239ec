/** Paths of which the browser's cache has nothing, because every answer has said that nobody may keep it. */

/** More are not remembered: it begins anew. */
const MOST = 1_000;

/** Whatever the server's gate protects is one. To look in the cache all the same takes a tenth of a small request's time. */
export class Uncached {
  /** Whether nothing of it was for keeping. */
  readonly #paths = new Map<string, boolean>();

  has(path: string): boolean {
    return this.#paths.get(path) ?? false;
  }

  /** Notes what an answer says; but a failure, which may be a proxy's, says nothing of what is there. */
  note(path: string, { ok, headers }: Response): void {
    if (!ok) return;
    if (this.#paths.size >= MOST) this.#paths.clear();
    const isForNobody = /\bno-store\b/i.test(headers.get('cache-control') ?? '');
    this.#paths.set(path, isForNobody && (this.#paths.get(path) ?? true));
  }
}
