/** When the person, the network or a page from the back-forward cache comes back. */

export interface Lifecycle {
  /** Something was away and is here again: what failed may succeed now. */
  wake(): void;
  /** The page was frozen and shows what it showed then: what it knows may be long out of date. */
  thaw(): void;
}

/** Listens, until the signal is aborted. It never listens to `unload`, which would bar the cache. */
export function watch(signal: AbortSignal, { wake, thaw }: Lifecycle): void {
  addEventListener('online', wake, { signal });
  addEventListener('pageshow', (event) => event.persisted && thaw(), { signal });
  document.addEventListener('visibilitychange', () => document.hidden || wake(), { signal });
}
