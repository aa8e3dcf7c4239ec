/**
 * A client for an application's tests: no worker, no server, no token. What its `fetch` sends goes to the `fetch` that it
 * was given, or to the global one, where Mock Service Worker and its like can answer.
 *
 * ```ts
 * const auth = createTestClient({ session: { subject: 'ann', claims: { role: 'editor' } } });
 * render(<AuthProvider client={auth}><App /></AuthProvider>);
 * auth.endSession('idle');
 * ```
 */
import { type AuthClient, AuthError, type AuthErrorCode, type EndReason, type Session } from './index.ts';
import { SessionState } from './session-state.ts';
import { SessionView } from './session-view.ts';
import { STARTING } from './state.ts';

/** Who is signed in, in a test. */
export interface TestSession<Claims = unknown> {
  readonly subject: string;
  readonly claims?: Claims;
  /** Now, if it is not said. */
  readonly authenticatedAt?: Date | undefined;
}

export interface TestClientOptions<Claims = unknown> {
  /** Who is signed in from the beginning; nobody, if it is not said. */
  readonly session?: TestSession<Claims> | undefined;
  /** What the server's sign-in handler does: says who signs in, or throws, an {@link AuthError} for instance. */
  readonly signIn?: ((credentials: unknown) => TestSession<Claims> | Promise<TestSession<Claims>>) | undefined;
  /** Answers requests; the global `fetch`, if it is not said. */
  readonly fetch?: typeof fetch | undefined;
}

/** An {@link AuthClient}, and what happens to it. */
export interface TestClient<Claims = unknown> extends AuthClient<Claims> {
  /** Somebody signs in: on this page, or in another tab. */
  readonly signInAs: (session: TestSession<Claims>) => Session<Claims>;
  /** The session ends, for this reason. */
  readonly endSession: (reason: EndReason) => void;
  /** It is being found out whether there is a session, as at the start of a page. */
  readonly restart: () => void;
  /** That cannot be found out. */
  readonly fail: (code: AuthErrorCode) => void;
}

/** A client that is controlled by the test. A page's own client is made by `createAuthClient()`. */
export function createTestClient<Claims = unknown>(options: TestClientOptions<Claims> = {}): TestClient<Claims> {
  return new FakeClient(new SessionState((claims) => claims as Claims), options);
}

class FakeClient<Claims> extends SessionView<Claims> implements TestClient<Claims> {
  readonly #known: SessionState<Claims>;
  readonly #options: TestClientOptions<Claims>;
  #sessions = 0;

  constructor(known: SessionState<Claims>, options: TestClientOptions<Claims>) {
    super(known);
    this.#known = known;
    this.#options = options;
    if (options.session) this.signInAs(options.session);
    else known.ended();
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
    return this.#known.signedIn({ claims: { sub: subject, sid, auth_time: authenticatedAt.getTime() / 1000, iat: Date.now() / 1000, app: claims } });
  };

  readonly endSession = (reason: EndReason): void => this.#known.ended(reason);

  readonly restart = (): void => this.#known.become(STARTING);

  readonly fail = (code: AuthErrorCode): void => this.#known.become({ status: 'failed', error: new AuthError(code) as AuthError });

  readonly dispose = (): void => {};
}
