/** Page lifecycle events: the person returns to the tab, the network returns, the back-forward cache restores the page. */

/** The handlers of the lifecycle events. */
export interface LifecycleHandlers {
  /** The network or the person is back, so what failed may succeed now. */
  wake(): void;
  /** The back-forward cache has restored the page. It shows what it showed before, which may be long out of date. */
  thaw(): void;
}

/** Listens until the signal is aborted. Never listens to `unload`, which would keep the page out of the back-forward cache. */
export function watchLifecycle(signal: AbortSignal, { wake, thaw }: LifecycleHandlers): void {
  addEventListener('online', wake, { signal });
  addEventListener('pageshow', (event) => event.persisted && thaw(), { signal });
  document.addEventListener('visibilitychange', () => document.hidden || wake(), { signal });
}
