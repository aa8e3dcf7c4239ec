/**
 * A client for an application's tests, without a worker, a server or a token. Its `fetch` sends with the `fetch` that it was
 * given, or with the global one, where Mock Service Worker and similar tools can answer.
 */
import { type AuthClient, AuthError, type AuthErrorCode, type EndReason, type Session } from './index.ts';
import { SessionState } from './session-state.ts';
import { SessionView } from './session-view.ts';
import { STARTING } from './state.ts';

/** A session in a test. */
export interface TestSession<Claims = unknown> {
  /** The person: the subject that your sign-in handler would name. */
  readonly subject: string;
  /** The claims about the person; by default none. */
  readonly claims?: Claims;
  /** The time at which the person proved who they are; by default now. */
  readonly authenticatedAt?: Date | undefined;
}

/** The options of {@link createTestClient}. */
export interface TestClientOptions<Claims = unknown> {
  /**
   * The session that the client starts with; by default none.
   *
   * @example
   * ```ts
   * const auth = createTestClient({ session: { subject: 'ann', claims: { role: 'editor' } } });
   * ```
   */
  readonly session?: TestSession<Claims> | undefined;
  /**
   * Stands for your sign-in handler: returns who signs in, or throws. The default accepts everybody.
   *
   * @example
   * ```ts
   * import { AuthError } from 'symbolon';
   *
   * const auth = createTestClient({
   *   signIn: () => {
   *     throw new AuthError('bad_credentials');
   *   },
   * });
   * ```
   */
  readonly signIn?: ((credentials: unknown) => TestSession<Claims> | Promise<TestSession<Claims>>) | undefined;
  /**
   * Answers the requests of `auth.fetch`. The default is the global `fetch`.
   *
   * @example
   * ```ts
   * const auth = createTestClient({
   *   session: { subject: 'ann' },
   *   fetch: async () => Response.json({ name: 'Ann' }),
   * });
   * ```
   */
  readonly fetch?: typeof fetch | undefined;
}

/** An {@link AuthClient} that a test controls. */
export interface TestClient<Claims = unknown> extends AuthClient<Claims> {
  /**
   * Signs somebody in, as if on this page or in another tab. Returns the session.
   *
   * @example
   * ```ts
   * const auth = createTestClient();
   * auth.signInAs({ subject: 'ann' });
   * ```
   */
  readonly signInAs: (session: TestSession<Claims>) => Session<Claims>;
  /**
   * Ends the session for this reason.
   *
   * @example
   * ```ts
   * const auth = createTestClient({ session: { subject: 'ann' } });
   * auth.endSession('idle');
   * ```
   */
  readonly endSession: (reason: EndReason) => void;
  /**
   * Sets the state to `starting`, as when a page begins.
   *
   * @example
   * ```ts
   * const auth = createTestClient();
   * auth.restart(); // and show what the application shows while it waits
   * ```
   */
  readonly restart: () => void;
  /**
   * Sets the state to `failed` with this code.
   *
   * @example
   * ```ts
   * const auth = createTestClient();
   * auth.fail('offline');
   * ```
   */
  readonly fail: (code: AuthErrorCode) => void;
}

/**
 * Returns a client that the test controls. A page's own client is made by `createAuthClient()`.
 *
 * @example
 * ```tsx
 * import { AuthProvider } from 'symbolon/react';
 * import { createTestClient } from 'symbolon/testing';
 *
 * const auth = createTestClient({ session: { subject: 'ann', claims: { role: 'editor' } } });
 * render(<AuthProvider client={auth}><App /></AuthProvider>);
 * auth.endSession('idle');
 * ```
 */
export function createTestClient<Claims = unknown>(options: TestClientOptions<Claims> = {}): TestClient<Claims> {
  return new FakeClient(new SessionState((claims) => claims as Claims), options);
}

class FakeClient<Claims> extends SessionView<Claims> implements TestClient<Claims> {
  readonly #sessionState: SessionState<Claims>;
  readonly #options: TestClientOptions<Claims>;
  #sessions = 0;

  constructor(sessionState: SessionState<Claims>, options: TestClientOptions<Claims>) {
    super(sessionState);
    this.#sessionState = sessionState;
    this.#options = options;
    if (options.session) this.signInAs(options.session);
    else sessionState.setSignedOut();
  }

  get ready(): Promise<void> {
    const { state } = this;
    if (state.status === 'failed') return Promise.reject(state.error);
    if (state.status !== 'starting') return Promise.resolve();
    return new Promise((resolve) => {
      const unsubscribe = this.subscribe(() => {
        unsubscribe();
        resolve(this.ready);
      });
    });
  }

  readonly signIn = async (credentials: unknown): Promise<Session<Claims>> => {
    const { signIn = () => ({ subject: 'somebody' }) } = this.#options;
    return this.signInAs(await signIn(credentials));
  };

  readonly signOut = async (): Promise<void> => this.endSession('signed_out');

  readonly refresh = async (): Promise<Session<Claims>> => {
    await this.ready;
    const session = this.getSession();
    if (!session) throw new AuthError('not_signed_in');
    return session;
  };

  readonly fetch: typeof fetch = async (input, init) => {
    await this.refresh();
    const { fetch = globalThis.fetch } = this.#options;
    return fetch(input, init);
  };

  readonly signInAs = ({ subject, claims, authenticatedAt = new Date() }: TestSession<Claims>): Session<Claims> => {
    const sid = `test-${++this.#sessions}`;
    return this.#sessionState.setSignedIn({
      claims: { sub: subject, sid, auth_time: authenticatedAt.getTime() / 1000, iat: Date.now() / 1000, app: claims },
    });
  };

  readonly endSession = (reason: EndReason): void => this.#sessionState.setSignedOut(reason);

  readonly restart = (): void => this.#sessionState.set(STARTING);

  readonly fail = (code: AuthErrorCode): void => this.#sessionState.set({ status: 'failed', error: new AuthError(code) as AuthError });

  readonly dispose = (): void => {};
}
