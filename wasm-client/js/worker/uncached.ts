/** Endpoints of which the browser's cache has nothing, because their last answer said that nobody may keep it. */

/** More are not remembered: it begins anew. */
const MOST = 1_000;

/** Whatever the server's gate protects is one. To look in the cache all the same takes a tenth of a small request's time. */
export class Uncached {
  readonly #endpoints = new Set<string>();

  has(endpoint: string): boolean {
    return this.#endpoints.has(endpoint);
  }

  /** Notes what its answer says. */
  note(endpoint: string, { headers }: Response): void {
    if (this.#endpoints.size >= MOST) this.#endpoints.clear();
    if (/\bno-store\b/i.test(headers.get('cache-control') ?? '')) this.#endpoints.add(endpoint);
    else this.#endpoints.delete(endpoint);
  }
}
