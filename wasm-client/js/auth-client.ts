/** What a page holds instead of a token. */
import type { ClaimsSchema } from './claims.ts';
import type { EndReason } from './error.ts';
import type { AuthState, Session } from './state.ts';

export interface AuthClientOptions<Claims = unknown> {
  /**
   * A schema, such as Zod's or Valibot's, that the session's claims must pass. A session whose claims do not gives the
   * error `bad_claims`, and so does a schema that answers with a promise. Without one, claims are taken as they come.
   */
  readonly claims?: ClaimsSchema<Claims> | undefined;
  /**
   * `'inline'` runs the vault in the page, without a worker. Then any script in the page can read the token, and the
   * server must have been told to allow that. Whoever needs it types it out; nothing falls back to it.
   */
  readonly isolation?: 'worker' | 'inline' | undefined;
  /**
   * Starts a worker that you host yourself, out of `symbolon/worker`. Page script can ask for a token as that does, and
   * the server must have been told to allow it.
   */
  readonly worker?: (() => Worker) | undefined;
}

export interface SignOutOptions {
  /** End the person's sessions on all their devices. */
  readonly everywhere?: boolean | undefined;
}

/** What {@link AuthClient.on} tells of, and with what. */
export interface AuthEvents<Claims = unknown> {
  /** What is known has changed. */
  readonly change: AuthState<Claims>;
  /** A session has begun, was found, or has taken the place of another. */
  readonly 'signed_in': Session<Claims>;
  /** A session has ended. */
  readonly 'signed_out': EndReason;
}

/**
 * The functions are the client's own however they are called: `const { fetch, signIn } = auth` is fine. What they reject
 * with is an {@link AuthError}, except where it says otherwise.
 */
export interface AuthClient<Claims = unknown> {
  /** The worker is up, and the session restored or known to be absent. On a server it stays pending. */
  readonly ready: Promise<void>;
  /** What is known now. */
  readonly state: AuthState<Claims>;
  /** The session, if somebody is signed in. */
  readonly getSession: () => Session<Claims> | undefined;
  /** Sends credentials to the application's sign-in handler, from the worker. Until it succeeds, all stays as it was. */
  readonly signIn: (credentials: unknown) => Promise<Session<Claims>>;
  /**
   * Forgets the token at once, and has the server end the session. When the server cannot be reached, it rejects; the
   * page is signed out all the same, and the client tells the server as soon as it can, after a reload too.
   */
  readonly signOut: (options?: SignOutOptions) => Promise<void>;
  /**
   * Asks the server whether the session lives, and what it says of the person now. Rejects with `session_expired` or
   * `not_signed_in` when there is none; with `offline`, `timeout` or `unavailable` all stays as it was.
   */
  readonly refresh: () => Promise<Session<Claims>>;
  /** `fetch` with the token. Errors are an {@link AuthError}, or those of `fetch`. */
  readonly fetch: typeof fetch;
  /** Calls back at every change of `state`, until the function that it returns is called. */
  readonly subscribe: (listener: (state: AuthState<Claims>) => void) => () => void;
  /** The same as `state`: the same object until there is a change. */
  readonly getSnapshot: () => AuthState<Claims>;
  /** Calls back whenever this happens, until the function that it returns is called. */
  readonly on: <Event extends keyof AuthEvents<Claims>>(event: Event, listener: (value: AuthEvents<Claims>[Event]) => void) => () => void;
  /** Calls back at once, and at every change of `state`, until the function that it returns is called. */
  readonly onAuthStateChange: (listener: (state: AuthState<Claims>) => void) => () => void;
  /**
   * The server's time in milliseconds since 1970, within a second or two: the browser's clock, set right by when the last
   * session that came was issued. Before there was one, it is the browser's own.
   */
  readonly now: () => number;
  /** Ends the vault. The session goes on: the next client takes it up. */
  readonly dispose: () => void;
}
