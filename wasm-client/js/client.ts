/** What a page holds instead of a token. */
import { Connection } from './connection.ts';
import { AuthError, type EndReason, isAuthError } from './error.ts';
import { converse } from './fetch/conversation.ts';
import { takeApart } from './fetch/outgoing.ts';
import { watch } from './lifecycle.ts';
import { type Extent, pendingSignOut } from './pending-sign-out.ts';
import type { SessionMessage, TabEvent } from './protocol.ts';
import { Retry } from './retry.ts';
import { type AuthState, describe, type Session } from './state.ts';
import { inlineVault, servedWorker, type VaultChannel } from './vault-channel.ts';

export interface SignOutOptions {
  /** End the person's sessions on all their devices. */
  readonly everywhere?: boolean;
}

export interface AuthClient {
  /** The worker is up, and the session restored or known to be absent. Rejects with an {@link AuthError}. */
  readonly ready: Promise<void>;
  /** What is known now. */
  readonly state: AuthState;
  /** Sends credentials to the application's sign-in handler, from the worker. Until it succeeds, all stays as it was. */
  signIn(credentials: unknown): Promise<Session>;
  /**
   * Forgets the token at once, and has the server end the session. When the server cannot be reached, it rejects; the
   * page is signed out all the same, and the client tells the server as soon as it can, after a reload too.
   */
  signOut(options?: SignOutOptions): Promise<void>;
  /** `fetch` with the token. Errors are an {@link AuthError}, or those of `fetch`. */
  readonly fetch: typeof fetch;
  /** Calls back at every change of `state`, until the function that it returns is called. */
  on(event: 'change', listener: (state: AuthState) => void): () => void;
  /** Ends the vault. The session goes on: another client can take it up. */
  dispose(): void;
}

export interface AuthClientOptions {
  /**
   * `'inline'` runs the vault in the page, without a worker. Then any script in the page can read the token, and the
   * server must have been told to allow that. Whoever needs it types it out; nothing falls back to it.
   */
  readonly isolation?: 'worker' | 'inline';
  /**
   * Starts a worker that you host yourself, out of `symbolon/worker`. Page script can ask for a token as that does, and
   * the server must have been told to allow it.
   */
  readonly worker?: () => Worker;
}

/** Starts the vault: the worker that the page's own server serves, unless told otherwise. */
export function createAuthClient({ isolation = 'worker', worker }: AuthClientOptions = {}): AuthClient {
  return new Client(isolation === 'inline' ? inlineVault : (worker ?? servedWorker));
}

/** What may go by itself, so that trying again helps. A script that a server is too busy to send looks like a blocked one. */
const PASSING = ['offline', 'start_timeout', 'timeout', 'unavailable', 'wasm_blocked', 'worker_blocked'] as const;

class Client implements AuthClient {
  readonly #openChannel: () => VaultChannel;
  readonly #listeners = new Set<(state: AuthState) => void>();
  readonly #retry = new Retry();
  readonly #unwatch: () => void;
  #connection!: Connection;
  #state: AuthState = { status: 'starting' };
  /** Whose page this is. It never becomes somebody else's but by a sign-in on it. */
  #subject: string | undefined;
  /** Why the session is over, if it turns out to be. */
  #presumed: EndReason | undefined;
  #signingIn = 0;
  #checking = false;
  /** The server is being told of a sign-out. */
  #leaving = false;
  /** Counts the sign-outs: whoever began to sign in before one must not end up signed in after it. */
  #signOuts = 0;
  /** Another tab said so while this one could not listen. */
  #missed: TabEvent | undefined;
  #isDisposed = false;
  /** Vaults that were replaced, and have answers to bring yet. */
  readonly #retired = new Set<Connection>();
  ready!: Promise<void>;

  constructor(openChannel: () => VaultChannel) {
    this.#openChannel = openChannel;
    this.#unwatch = watch({ wake: () => this.#wake(), thaw: () => this.#recheck() });
    this.#start(true);
  }

  get state(): AuthState {
    return this.#state;
  }

  async signIn(credentials: unknown): Promise<Session> {
    const text = JSON.stringify(credentials);
    this.#signingIn++;
    try {
      // A vault that has a session does not begin another, and is kept until there is another.
      const idle = this.#state.status === 'signed-out' && !this.#connection.isOver;
      return await this.#signInWith(idle ? this.#connection : this.#open(false), text).catch((error: unknown) => {
        // The vault's secret is used up or too old: a new vault has a new one.
        if (!isAuthError(error, 'spent')) throw error;
        return this.#signInWith(this.#open(false), text);
      });
    } finally {
      this.#signingIn--;
    }
  }

  async signOut({ everywhere = false }: SignOutOptions = {}): Promise<void> {
    const extent = everywhere ? 'everywhere' : 'here';
    this.#signOuts++;
    pendingSignOut.note(extent);
    this.#retry.reset();
    this.#closeRetired();
    this.#become({ status: 'signed-out', reason: 'signed-out' });
    await this.#tellSignOut(this.#connection, extent);
  }

  readonly fetch = async (input: RequestInfo | URL, init?: RequestInit): Promise<Response> => {
    const outgoing = await takeApart(input, init);
    if (this.#connection.isOver && this.#state.status === 'signed-in') this.#start(true);
    await unlessAborted(this.ready, outgoing.signal);
    const [connection, subject] = [this.#connection, this.#subject];
    try {
      return await converse(connection, outgoing);
    } catch (error) {
      if (!this.#mayLive(error)) throw error;
      // Another vault asks with a proof of its own whether the session is really over.
      if (connection === this.#connection) this.#presume(error.reason).#start(true);
      await unlessAborted(this.ready, outgoing.signal);
      // If it is not, the request was refused before anything was done, and goes out once more.
      if (this.#state.status !== 'signed-in' || this.#subject !== subject || outgoing.stream) throw error;
      const another = this.#connection;
      return converse(another, outgoing).catch((error: unknown) => {
        if (this.#mayLive(error) && another === this.#connection) this.#start(true);
        throw error;
      });
    }
  };

  /** Whether a vault says that there is no session where the page knows of one. */
  #mayLive(error: unknown): error is AuthError {
    return isAuthError(error, 'session_expired') || (this.#state.status === 'signed-in' && isAuthError(error, 'not_signed_in'));
  }

  on(_event: 'change', listener: (state: AuthState) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  dispose(): void {
    this.#isDisposed = true;
    this.#unwatch();
    this.#retry.reset();
    this.#closeRetired();
    this.#connection.close(new AuthError('aborted'));
  }

  #closeRetired(): void {
    for (const connection of this.#retired) connection.close(new AuthError('aborted'));
    this.#retired.clear();
  }

  #open(restore: boolean): Connection {
    const onHeard = (event: TabEvent) => connection === this.#connection && this.#heard(event);
    const connection = new Connection({ open: this.#openChannel, restore, subject: this.#subject, onHeard });
    return connection;
  }

  /** Starts another vault. The one that was ends when the requests that are under way have their answers. */
  #start(restore: boolean): void {
    if (this.#isDisposed) return;
    if (this.#connection) {
      this.#retired.add(this.#connection);
      this.#connection.retire();
    }
    for (const connection of this.#retired) if (connection.isOver) this.#retired.delete(connection);
    const connection = (this.#connection = this.#open(restore));
    this.ready = connection.ready.then(
      (session) => (connection === this.#connection ? this.#started(connection, session, restore) : this.ready),
      // A vault that was replaced says nothing about the one that is there now.
      (error: AuthError) => (connection === this.#connection ? this.#failed(error) : this.ready),
    );
    // Whoever does not wait for `ready` sees the failure in `state`, and no unhandled rejection.
    this.ready.catch(() => {});
  }

  async #started(connection: Connection, session: SessionMessage | null, restored: boolean): Promise<void> {
    // Who asked for the session and found none has nothing left to sign out of.
    if (restored && !session) pendingSignOut.clear();
    if (this.#leaving) return;
    const extent = pendingSignOut.read();
    if (session && extent) return this.#finishSignOut(connection, extent);
    if (!extent) this.#retry.reset();
    if (session) this.#signedIn(session);
    else this.#ended(this.#subject === undefined ? undefined : (this.#presumed ?? 'unknown'));
  }

  #failed(error: AuthError): void {
    if (isAuthError(error, 'account_changed', 'session_expired')) {
      this.#ended(error.code === 'account_changed' ? 'account-changed' : this.#presume(error.reason).#presumed);
      return this.#start(false);
    }
    if (this.#isDisposed) throw error;
    // A page that is signed out has nothing to fail at until somebody signs in.
    if (this.#state.status !== 'signed-out') this.#become({ status: 'failed', error });
    if (isAuthError(error, ...PASSING) || pendingSignOut.read()) this.#retry.plan(() => this.#start(true));
    throw error;
  }

  async #signInWith(connection: Connection, credentials: string): Promise<Session> {
    const signOuts = this.#signOuts;
    try {
      const session = await connection.ask((id) => ['sign-in', id, credentials]);
      if (!session) throw new AuthError('protocol');
      if (this.#isDisposed) throw new AuthError('aborted');
      if (signOuts !== this.#signOuts) {
        // The person has signed out since.
        await connection.ask((id) => ['sign-out', id, false]);
        throw new AuthError('aborted');
      }
      this.#closeRetired();
      if (connection !== this.#connection) {
        this.#connection.close(new AuthError('aborted'));
        this.#connection = connection;
        this.ready = Promise.resolve();
      }
      pendingSignOut.clear();
      this.#retry.reset();
      return this.#signedIn(session);
    } catch (error) {
      if (connection !== this.#connection) connection.close(new AuthError('aborted'));
      throw error;
    }
  }

  async #finishSignOut(connection: Connection, extent: Extent): Promise<void> {
    this.#ended('signed-out');
    await this.#tellSignOut(connection, extent).catch(() => {});
  }

  /** Has the server end the session, now or when it can be reached; in either case this vault is over. */
  async #tellSignOut(connection: Connection, extent: Extent): Promise<void> {
    this.#leaving = true;
    try {
      await connection.ask((id) => ['sign-out', id, extent === 'everywhere']);
      pendingSignOut.clear();
    } catch (error) {
      // Without a session there is nothing to tell, now or later.
      if (isAuthError(error, 'session_expired', 'not_signed_in')) pendingSignOut.clear();
      else this.#retry.plan(() => this.#start(true));
      throw error;
    } finally {
      this.#leaving = false;
      connection.close(new AuthError('aborted'));
      if (connection === this.#connection) this.#start(false);
    }
  }

  /** Another tab says so. It may be a lie, so the server is asked. */
  #heard(event: TabEvent): void {
    if (this.#leaving) return;
    if (this.#signingIn > 0 || this.#state.status === 'starting') {
      // A sign-in may be this page's own; an end is asked about as soon as there is something that can end.
      if (event === 'signed-out') this.#missed = event;
    } else if (this.#state.status === 'signed-in') {
      this.#presume(event === 'signed-out' ? 'signed-out' : undefined).#recheck();
    } else if (event === 'signed-in' && !this.#checking) {
      this.#checking = true;
      this.#start(true);
      this.ready.catch(() => {}).finally(() => (this.#checking = false));
    }
  }

  #wake(): void {
    this.#connection.send(['wake']);
    if (!this.#leaving && (this.#state.status === 'failed' || pendingSignOut.read())) {
      this.#retry.reset();
      this.#start(true);
    }
  }

  /** Finds out whether what the page shows is still so, and shows nothing in the meantime. */
  #recheck(): void {
    if (this.#checking || this.#leaving) return;
    if (this.#state.status !== 'signed-in') return this.#start(true);
    this.#checking = true;
    this.#become({ status: 'starting' });
    const connection = this.#connection;
    const isAsked = () => connection === this.#connection && this.#state.status === 'starting';
    const checked = connection.ask((id) => ['check', id]).then(
      (session) => {
        if (isAsked() && session) this.#signedIn(session);
      },
      (error: unknown) => {
        if (!isAsked()) return;
        if (isAuthError(error, ...PASSING)) return this.#failed(error);
        this.#presume(isAuthError(error, 'session_expired') ? error.reason : undefined).#start(true);
      },
    );
    this.ready = checked.finally(() => (this.#checking = false));
    this.ready.catch(() => {});
  }

  /** What is known of an end outweighs what was heard of it. */
  #presume(reason: EndReason | undefined): this {
    if (reason && (reason !== 'unknown' || !this.#presumed)) this.#presumed = reason;
    return this;
  }

  #signedIn(message: SessionMessage): Session {
    const session = describe(message);
    this.#subject = session.subject;
    this.#presumed = undefined;
    this.#become({ status: 'signed-in', session });
    const missed = this.#missed;
    this.#missed = undefined;
    if (missed) queueMicrotask(() => this.#heard(missed));
    return session;
  }

  #ended(reason: EndReason | undefined): void {
    this.#presumed = undefined;
    if (this.#state.status === 'signed-out') return;
    this.#become(reason ? { status: 'signed-out', reason } : { status: 'signed-out' });
  }

  #become(state: AuthState): void {
    this.#state = state;
    for (const listener of [...this.#listeners]) {
      try {
        listener(state);
      } catch (error) {
        reportError(error);
      }
    }
  }
}

/** Waits, but not for longer than the caller does. */
function unlessAborted(promise: Promise<void>, signal: AbortSignal | undefined): Promise<void> {
  if (!signal) return promise;
  signal.throwIfAborted();
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    signal.addEventListener('abort', abort);
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
