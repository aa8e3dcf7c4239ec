/**
 * A sign-out that the server has not heard of yet, because it could not be reached. It outlives the page, so that a
 * reload finishes it instead of finding the session alive. No secret: that somebody wanted to sign out is all it says.
 */
const KEY = 'symbolon:sign-out';

export type Extent = 'here' | 'everywhere';

/** Storage can be forbidden, or full; then a sign-out that failed lasts as long as its page. */
let onThisPage: Extent | undefined;

export const pendingSignOut = {
  read(): Extent | undefined {
    return storage((storage) => storage[KEY]) ?? onThisPage;
  },
  /** What is pending then: who wanted to sign out everywhere still wants that when they sign out here. */
  note(extent: Extent): Extent {
    const pending = this.read() === 'everywhere' ? 'everywhere' : extent;
    onThisPage = storage((storage) => (storage[KEY] = pending)) ? undefined : pending;
    return pending;
  },
  clear(): void {
    onThisPage = undefined;
    storage((storage) => delete storage[KEY]);
  },
};

function storage<T>(act: (storage: Storage) => T): T | undefined {
  try {
    return act(localStorage);
  } catch {
    return undefined;
  }
}
