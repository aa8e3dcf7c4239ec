/** How a page comes by its client. */
import type { AuthClient, AuthClientOptions } from './auth-client.ts';
import { checker } from './claims.ts';
import { Client } from './client.ts';
import { AuthError } from './error.ts';
import { SessionState } from './session-state.ts';
import { SessionView } from './session-view.ts';

/** The page's client. It stands here and nowhere else, where no other script finds it, nor puts one of its own. */
let live: AuthClient<unknown> | undefined;

/**
 * Starts the vault: the worker that the page's own server serves, unless told otherwise.
 *
 * A page has one client. Until that is disposed of, every call gives the same, and looks at no option any more: so
 * effects that run twice and modules that are loaded anew start no second vault.
 *
 * On a server, where pages are only rendered, it gives a client that is `starting` for ever and refuses everything as
 * `unsupported`.
 *
 * ```ts
 * const auth = createAuthClient({ claims: z.object({ role: z.enum(['reader', 'editor']) }) });
 * await auth.ready;
 * auth.getSession()?.claims.role;
 * ```
 */
export function createAuthClient<Claims = unknown>(options: AuthClientOptions<Claims> = {}): AuthClient<Claims> {
  if (typeof document === 'undefined') return ssrStub(new SessionState(checker(options.claims)));
  return (live ??= new Client(options, () => (live = undefined))) as AuthClient<Claims>;
}

/** Whoever renders a page has no browser to keep a session in. */
function ssrStub<Claims>(known: SessionState<Claims>): AuthClient<Claims> {
  const refuse = () => Promise.reject(new AuthError('unsupported'));
  const ready = new Promise<never>(() => {});
  return Object.assign(new SessionView(known), { ready, signIn: refuse, signOut: refuse, refresh: refuse, fetch: refuse, dispose() {} });
}
