/**
 * Browser sessions in two halves: `fetch` with a token that the page never holds.
 *
 * ```ts
 * const auth = createAuthClient();
 * await auth.ready;
 * await auth.signIn({ email, password });
 * const response = await auth.fetch('/api/me');
 * ```
 *
 * There is no `getToken()`. Its absence is the product.
 */
import { Connection } from './connection.ts';
import { AuthError } from './error.ts';
import { putTogether, takeApart } from './fetch.ts';
import type { SessionMessage } from './protocol.ts';

export { AuthError, type AuthErrorCode } from './error.ts';

/** Who is signed in, as far as the page knows. The server decides at every request. */
export interface Session {
  /** Whose session it is: the subject that the application gave at sign-in. */
  readonly subject: string;
  /** Which session it is. */
  readonly id: string;
  /** When the person proved who they are. */
  readonly authenticatedAt: Date;
  /** Everything that the token claims, for display: never a basis for a decision. */
  readonly claims: Readonly<Record<string, unknown>>;
}

/** What the client knows now. */
export type AuthState =
  | { readonly status: 'starting' }
  | { readonly status: 'signed-in'; readonly session: Session }
  | { readonly status: 'signed-out' }
  | { readonly status: 'failed'; readonly error: AuthError };

/** What a page holds instead of a token. */
export interface AuthClient {
  /** The worker is up, and the session restored or known to be absent. Rejects with an {@link AuthError}. */
  readonly ready: Promise<void>;
  /** What is known now. */
  readonly state: AuthState;
  /** Sends credentials to the application's sign-in handler, from the worker. */
  signIn(credentials: unknown): Promise<Session>;
  /** Forgets the token, and ends the session on the server. */
  signOut(): Promise<void>;
  /** `fetch` with the token. Errors are an {@link AuthError}, or the browser's own. */
  readonly fetch: typeof fetch;
  /** Calls back at every change of `state`, until the function that it returns is called. */
  on(event: 'change', listener: (state: AuthState) => void): () => void;
}

/** Starts the vault that the page's own server serves. */
export function createAuthClient(): AuthClient {
  return new Client(new URL('/auth/vault.js', location.origin).href);
}

class Client implements AuthClient {
  readonly #script: string;
  readonly #listeners = new Set<(state: AuthState) => void>();
  #connection: Connection;
  #state: AuthState = { status: 'starting' };
  ready: Promise<void>;

  constructor(script: string) {
    this.#script = script;
    this.#connection = new Connection(script, true);
    this.ready = this.#restored();
  }

  get state(): AuthState {
    return this.#state;
  }

  async signIn(credentials: unknown): Promise<Session> {
    const question = { kind: 'sign-in', credentials: JSON.stringify(credentials) } as const;
    if (this.#state.status === 'signed-in' || this.#state.status === 'failed') this.#renew(false);
    const reply = await this.#connection.ask(question).catch((error: unknown) => {
      // The vault's secret is used up or too old: a new vault has a new one.
      if (!isAuthError(error, 'spent')) throw error;
      this.#renew(false);
      return this.#connection.ask(question);
    });
    const session = 'session' in reply ? describe(reply.session) : undefined;
    if (!session) throw new AuthError('protocol');
    this.#become({ status: 'signed-in', session });
    return session;
  }

  async signOut(): Promise<void> {
    try {
      await this.#connection.ask({ kind: 'sign-out' });
    } finally {
      this.#become({ status: 'signed-out' });
      this.#renew(false);
    }
  }

  readonly fetch = async (input: RequestInfo | URL, init?: RequestInit): Promise<Response> => {
    const request = new Request(input, init);
    const message = await takeApart(request);
    const transfer = message.body ? [message.body] : [];
    const connection = this.#connection;
    try {
      const reply = await connection.ask({ kind: 'fetch', request: message }, transfer, request.signal);
      if (reply.kind !== 'response') throw new AuthError('protocol');
      return putTogether(reply.response);
    } catch (error) {
      // Another vault asks the server whether the session is really over, with a proof of its own.
      if (isAuthError(error, 'session_expired') && connection === this.#connection) {
        this.#renew(true);
      }
      throw error;
    }
  };

  on(_event: 'change', listener: (state: AuthState) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Ends the vault and all that it holds, and starts another. */
  #renew(restore: boolean): void {
    this.#connection.close(new AuthError('aborted'));
    this.#connection = new Connection(this.#script, restore);
    this.ready = this.#restored();
  }

  #restored(): Promise<void> {
    const connection = this.#connection;
    const restored = connection.ready.then(
      (message) => {
        if (connection !== this.#connection) return this.ready;
        const session = describe(message);
        this.#become(session ? { status: 'signed-in', session } : { status: 'signed-out' });
      },
      (error: AuthError) => {
        // A vault that was replaced says nothing about the one that is there now.
        if (connection !== this.#connection) return this.ready;
        this.#become({ status: 'failed', error });
        throw error;
      },
    );
    // Whoever does not wait for `ready` sees the failure in `state`, and no unhandled rejection.
    restored.catch(() => {});
    return restored;
  }

  #become(state: AuthState): void {
    if (state.status === 'signed-out' && this.#state.status === 'signed-out') return;
    this.#state = state;
    for (const listener of this.#listeners) listener(state);
  }
}

function isAuthError(error: unknown, code: string): boolean {
  return error instanceof AuthError && error.code === code;
}

function describe(message: SessionMessage | null): Session | undefined {
  if (!message) return undefined;
  const { sub, sid, auth_time: authTime } = message.claims;
  return {
    subject: String(sub),
    id: String(sid),
    authenticatedAt: new Date(Number(authTime) * 1000),
    claims: message.claims,
  };
}
