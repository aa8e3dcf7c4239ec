/**
 * A sign-out that the server has not heard of yet, because it could not be reached. It outlives the page, so that a
 * reload finishes it instead of finding the session alive. No secret: that somebody wanted to sign out is all it says.
 */
const KEY = 'symbolon:sign-out';

export type Extent = 'here' | 'everywhere';

export const pendingSignOut = {
  read(): Extent | undefined {
    const value = storage((storage) => storage.getItem(KEY));
    return value === 'here' || value === 'everywhere' ? value : undefined;
  },
  note: (extent: Extent) => void storage((storage) => storage.setItem(KEY, extent)),
  clear: () => void storage((storage) => storage.removeItem(KEY)),
};

/** Storage can be forbidden; then a sign-out that failed lasts as long as its page. */
function storage<T>(act: (storage: Storage) => T): T | undefined {
  try {
    return act(localStorage);
  } catch {
    return undefined;
  }
}
