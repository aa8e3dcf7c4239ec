/**
 * Remembers a sign-out that the server does not know of yet because it could not be reached. The note outlives the page, so
 * a reload finishes the sign-out instead of restoring the session. It holds no secret, only that somebody wanted to sign out.
 */
const KEY = 'symbolon:sign-out';

/** The sessions that a sign-out ends: this one, or all of the person. */
export type SignOutScope = 'here' | 'everywhere';

/** Takes the place of storage that is forbidden or full. Then the note lasts as long as the page. */
let onThisPage: SignOutScope | undefined;

/** The note about a sign-out, in `localStorage`. */
export const pendingSignOut = {
  read(): SignOutScope | undefined {
    return withStorage((storage) => storage[KEY]) ?? onThisPage;
  },
  /** Notes a sign-out and returns its scope. A pending sign-out everywhere is never narrowed to one here. */
  note(scope: SignOutScope): SignOutScope {
    const pending = this.read() === 'everywhere' ? 'everywhere' : scope;
    onThisPage = withStorage((storage) => (storage[KEY] = pending)) ? undefined : pending;
    return pending;
  },
  clear(): void {
    onThisPage = undefined;
    withStorage((storage) => delete storage[KEY]);
  },
};

/** Returns `undefined` if the browser forbids storage. */
function withStorage<T>(act: (storage: Storage) => T): T | undefined {
  try {
    return act(localStorage);
  } catch {
    return undefined;
  }
}
