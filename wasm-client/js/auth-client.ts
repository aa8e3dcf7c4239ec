/** The public types of the client. */
import type { ClaimsSchema } from './claims.ts';
import type { EndReason } from './error.ts';
import type { AuthState, Session } from './state.ts';

/** The options of `createAuthClient()`. None is needed: everything else is configured on the server. */
export interface AuthClientOptions<Claims = unknown> {
  /**
   * Checks the claims of every session with a schema, such as one of Zod or Valibot. Without a schema, claims are taken
   * as they come. Claims that do not match, and schemas that answer with a promise, give the error `bad_claims`.
   *
   * @example
   * ```ts
   * const auth = createAuthClient({ claims: z.object({ role: z.enum(['reader', 'editor']) }) });
   * auth.getSession()?.claims.role; // 'reader' | 'editor' | undefined
   * ```
   */
  readonly claims?: ClaimsSchema<Claims> | undefined;
  /**
   * Chooses where the vault runs: in a worker or in the page. The default, `'worker'`, keeps the token from page script.
   * `'inline'` runs the vault in the page, where any script can read the token. The server must allow that with
   * `Config::let_page_script_read_tokens`. Choose `'inline'` only where no worker can run; nothing falls back to it.
   *
   * @example
   * ```ts
   * const auth = createAuthClient({ isolation: 'inline' });
   * ```
   */
  readonly isolation?: 'worker' | 'inline' | undefined;
  /**
   * Starts a worker that you host yourself, made of `symbolon/worker`. The default is the worker that your server serves at
   * `/auth/vault.js`. Page script can get a token in the way your worker does, so the server must allow it with
   * `Config::let_page_script_read_tokens`.
   *
   * @example
   * ```ts
   * const auth = createAuthClient({
   *   worker: () => new Worker(new URL('symbolon/worker', import.meta.url), { type: 'module' }),
   * });
   * ```
   */
  readonly worker?: (() => Worker) | undefined;
}

/** The options of {@link AuthClient.signOut}. */
export interface SignOutOptions {
  /**
   * Ends all sessions of the person, on all devices. The default, `false`, ends this session only.
   *
   * @example
   * ```ts
   * await auth.signOut({ everywhere: true });
   * ```
   */
  readonly everywhere?: boolean | undefined;
}

/** The events of {@link AuthClient.on}, each with the value that its listeners get. */
export interface AuthEvents<Claims = unknown> {
  /** `state` has changed; listeners get the new state. */
  readonly change: AuthState<Claims>;
  /** Somebody is signed in: a session has begun, was restored, or has replaced another. */
  readonly signed_in: Session<Claims>;
  /** The session has ended; listeners get the reason. */
  readonly signed_out: EndReason;
}

/**
 * The client that a page holds instead of a token. A page has one, made by `createAuthClient()`.
 *
 * All functions can be taken off the client: `const { fetch, signIn } = auth`. They reject with an {@link AuthError}, unless
 * their documentation says otherwise.
 */
export interface AuthClient<Claims = unknown> {
  /**
   * Resolves when the session is restored, or known to be absent. Rejects when that cannot be found out. Stays pending on
   * a server, where pages are only rendered.
   *
   * @example
   * ```ts
   * await auth.ready;
   * if (!auth.getSession()) location.assign('/sign-in');
   * ```
   */
  readonly ready: Promise<void>;
  /**
   * The state of the client: what it knows of the session now. The object is replaced at every change, and never modified.
   *
   * @example
   * ```ts
   * if (auth.state.status === 'failed') show(`Cannot sign in now: ${auth.state.error.code}`);
   * ```
   */
  readonly state: AuthState<Claims>;
  /**
   * Returns the session, or `undefined` unless somebody is known to be signed in.
   *
   * @example
   * ```ts
   * show(`Hello, ${auth.getSession()?.subject ?? 'stranger'}`);
   * ```
   */
  readonly getSession: () => Session<Claims> | undefined;
  /**
   * Sends the credentials from the worker, as JSON, to your sign-in handler. Resolves with the session. If it rejects, with
   * `bad_credentials` for instance, everything stays as it was.
   *
   * @example
   * ```ts
   * try {
   *   await auth.signIn({ email, password });
   * } catch (error) {
   *   if (!isAuthError(error, 'bad_credentials')) throw error;
   *   show('The name or the password is wrong.');
   * }
   * ```
   */
  readonly signIn: (credentials: unknown) => Promise<Session<Claims>>;
  /**
   * Forgets the token at once, and has the server end the session. Rejects if the server cannot be reached. The page is
   * signed out even then, and the client tells the server as soon as it can, after a reload too.
   *
   * @example
   * ```ts
   * await auth.signOut();                     // this session
   * await auth.signOut({ everywhere: true }); // all sessions of the person, on all devices
   * ```
   */
  readonly signOut: (options?: SignOutOptions) => Promise<void>;
  /**
   * Gets a new token now, and resolves with the session and its current claims. Rejects with `session_expired` or
   * `not_signed_in` if there is no session. After `offline`, `timeout` or `unavailable`, everything stays as it was.
   *
   * @example
   * ```ts
   * const { claims } = await auth.refresh();
   * show(`You are now: ${claims.role}`);
   * ```
   */
  readonly refresh: () => Promise<Session<Claims>>;
  /**
   * Works like the global `fetch`, and adds the token, for your server and the origins that it declares. Rejects with
   * an {@link AuthError}, such as `origin_not_allowed` for any other origin, or with what `fetch` throws.
   *
   * @example
   * ```ts
   * const response = await auth.fetch('/api/notes', { method: 'POST', body: JSON.stringify({ text: 'hello' }) });
   * if (!response.ok) show(`The server answered ${response.status}`);
   * ```
   */
  readonly fetch: typeof fetch;
  /**
   * Calls `listener` with the new state at every change, but not at once. Returns the function that ends this.
   *
   * @example
   * ```ts
   * const unsubscribe = auth.subscribe((state) => show(state.status));
   * unsubscribe();
   * ```
   */
  readonly subscribe: (listener: (state: AuthState<Claims>) => void) => () => void;
  /**
   * Returns `state`. With `subscribe` this is what React's `useSyncExternalStore` takes: the object is the same until
   * something changes.
   *
   * @example
   * ```ts
   * import { useSyncExternalStore } from 'react';
   *
   * const useAuthState = () => useSyncExternalStore(auth.subscribe, auth.getSnapshot);
   * ```
   */
  readonly getSnapshot: () => AuthState<Claims>;
  /**
   * Calls `listener` whenever the event happens. Returns the function that ends this.
   *
   * @example
   * ```ts
   * auth.on('signed_in', (session) => show(`Hello, ${session.subject}`));
   * auth.on('signed_out', (reason) => show(reason === 'idle' ? 'You were away for long.' : 'Goodbye.'));
   * ```
   */
  readonly on: <Event extends keyof AuthEvents<Claims>>(event: Event, listener: (value: AuthEvents<Claims>[Event]) => void) => () => void;
  /**
   * Calls `listener` at once with the state, and at every change of it. Returns the function that ends this.
   *
   * @example
   * ```ts
   * auth.onAuthStateChange(({ status }) => (document.body.dataset.auth = status));
   * ```
   */
  readonly onAuthStateChange: (listener: (state: AuthState<Claims>) => void) => () => void;
  /**
   * Returns the server's time in milliseconds since 1970, within a second or two. The client sets the browser's clock right
   * by when the last session that came was issued. Before the first session, this is the browser's time.
   *
   * @example
   * ```ts
   * const deadline = new Date(auth.now() + 60_000); // in one minute, for the server to judge
   * ```
   */
  readonly now: () => number;
  /**
   * Stops the vault without signing out, for all code on the page that shares the client. The next client takes the
   * session up.
   *
   * @example
   * ```ts
   * auth.dispose();
   * await createAuthClient().ready; // a new client, and the session again
   * ```
   */
  readonly dispose: () => void;
}
