/** Makes the page's one client. */
import type { AuthClient, AuthClientOptions } from './auth-client.ts';
import { claimsChecker } from './claims.ts';
import { Client } from './client.ts';
import { AuthError } from './error.ts';
import { SessionState } from './session-state.ts';
import { SessionView } from './session-view.ts';

/** The page's client. Only this module holds it, so no other script can find it or replace it. */
let live: AuthClient<unknown> | undefined;

/**
 * Starts the vault and returns the page's client. The vault is the worker that your server serves, unless an option says
 * otherwise.
 *
 * A page has one client. Until `dispose()`, every call returns that client and ignores its options. So effects that run
 * twice, and modules that are loaded anew, start no second vault.
 *
 * On a server, where pages are only rendered, the client stays `starting` and rejects everything as `unsupported`.
 *
 * @example
 * ```ts
 * import { createAuthClient } from 'symbolon';
 *
 * const auth = createAuthClient<{ role: 'reader' | 'editor' }>();
 * await auth.ready;
 * auth.getSession()?.claims.role;
 * ```
 */
export function createAuthClient<Claims = unknown>(options: AuthClientOptions<Claims> = {}): AuthClient<Claims> {
  if (typeof document === 'undefined') return ssrStub(new SessionState(claimsChecker(options.claims)));
  return (live ??= new Client(options, () => (live = undefined))) as AuthClient<Claims>;
}

/** Returns a client that does nothing, for server-side rendering. */
function ssrStub<Claims>(sessionState: SessionState<Claims>): AuthClient<Claims> {
  const refuse = () => Promise.reject(new AuthError('unsupported'));
  const ready = new Promise<never>(() => {});
  return Object.assign(new SessionView(sessionState), { ready, signIn: refuse, signOut: refuse, refresh: refuse, fetch: refuse, dispose() {} });
}
