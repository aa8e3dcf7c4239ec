/** What a page's client does: it has a vault do what it is asked, and finds out what is known when that may have changed. */
import type { AuthClient, AuthClientOptions, SignOutOptions } from './auth-client.ts';
import { checker } from './claims.ts';
import { Connection } from './connection.ts';
import { AuthError, isAuthError } from './error.ts';
import { exchange } from './fetch/exchange.ts';
import { type Outgoing, serializeRequest } from './fetch/outgoing.ts';
import { SessionState } from './session-state.ts';
import { watch } from './lifecycle.ts';
import { SessionView } from './session-view.ts';
import { type Extent, pendingSignOut } from './pending-sign-out.ts';
import type { SessionMessage, TabEvent } from './protocol.ts';
import { Retry } from './backoff.ts';
import { type Session, STARTING } from './state.ts';
import { inlineVault, servedWorker } from './vault-channel.ts';
import { Vaults } from './vaults.ts';

/** What may go by itself, so that trying again helps. A script that a server is too busy to send looks like a blocked one. */
const PASSING = ['offline', 'start_timeout', 'timeout', 'unavailable', 'wasm_blocked', 'worker_blocked'] as const;

export class Client<Claims> extends SessionView<Claims> implements AuthClient<Claims> {
  readonly #known: SessionState<Claims>;
  readonly #vaults: Vaults;
  readonly #retry = new Retry();
  /** Aborted when the client is disposed of. */
  readonly #life = new AbortController();
  #signingIn = 0;
  #checking = false;
  /** The server is being told of a sign-out, until this settles. */
  #leaving: Promise<unknown> | undefined;
  /** Counts the sign-outs: whoever began to sign in before one must not end up signed in after it. */
  #signOuts = 0;
  /** Another tab said so while this one was finding out what is so. */
  #missed: TabEvent | undefined;
  ready!: Promise<void>;

  constructor(options: AuthClientOptions<Claims>, onDispose: () => void) {
    const known = new SessionState(checker(options.claims));
    super(known);
    this.#known = known;
    const { signal } = this.#life;
    signal.onabort = onDispose;
    watch(signal, { wake: () => this.#wake(), thaw: () => this.#heard('signed_in') });
    const { isolation, worker = servedWorker } = options;
    const open = isolation === 'inline' ? inlineVault : worker;
    this.#vaults = new Vaults((restore) => {
      const onHeard = (event: TabEvent) => this.#isCurrent(connection) && this.#heard(event);
      const connection = new Connection({ open, restore, subject: known.subject, onHeard });
      return connection;
    });
    this.#follow(this.#vaults.current, true);
  }

  readonly signIn = async (credentials: unknown): Promise<Session<Claims>> => {
    const text = JSON.stringify(credentials);
    const signOuts = this.#signOuts;
    if (this.#life.signal.aborted) throw new AuthError('aborted');
    this.#retry.reset();
    this.#signingIn++;
    try {
      // Its answer takes the cookies away, which must not be the new ones.
      await this.#leaving;
      // A vault that has a session does not begin another, and is kept until there is another.
      const { current } = this.#vaults;
      const idle = this.state.status === 'signed_out' && !current.isOver ? current : undefined;
      return await this.#signInWith(text, signOuts, idle).catch((error: unknown) => {
        // The vault's secret is used up or too old: a new vault has a new one.
        if (!isAuthError(error, 'spent')) throw error;
        return this.#signInWith(text, signOuts);
      });
    } finally {
      this.#signingIn--;
      this.#catchUp();
    }
  };

  readonly signOut = async ({ everywhere = false }: SignOutOptions = {}): Promise<void> => {
    // Only a vault that has the session can end it, and after a sign-out that was not answered there is none.
    const isUnfinished = !this.getSession() && pendingSignOut.read();
    const extent = pendingSignOut.note(everywhere ? 'everywhere' : 'here');
    this.#signOuts++;
    this.#retry.reset();
    this.#vaults.keep();
    this.#known.become({ status: 'signed_out', reason: 'signed_out' });
    if (!isUnfinished) return this.#tellSignOut(this.#vaults.current, extent);
    if (!this.#leaving) this.#start(true);
    await (this.#leaving ?? this.ready);
    if (pendingSignOut.read()) throw new AuthError('unavailable');
  };

  readonly refresh = (): Promise<Session<Claims>> =>
    this.#attempt(async (connection) => {
      const signOuts = this.#signOuts;
      const session = this.getSession() && (await connection.ask((id) => ['check', id]));
      if (!session || signOuts !== this.#signOuts || !this.#isCurrent(connection)) throw new AuthError('not_signed_in');
      return this.#known.signedIn(session);
    });

  readonly fetch = async (input: RequestInfo | URL, init?: RequestInit): Promise<Response> => {
    const outgoing = await serializeRequest(input, init ?? {});
    return this.#attempt((connection) => exchange(connection, outgoing), outgoing);
  };

  readonly dispose = (): void => {
    this.#life.abort();
    this.#retry.reset();
    this.#vaults.keep();
    this.#vaults.current.close();
  };

  /** Has a vault do what needs a session. */
  async #attempt<T>(act: (connection: Connection) => Promise<T>, outgoing: Partial<Outgoing> = {}, isLast = false): Promise<T> {
    if (this.#vaults.current.isOver && this.getSession()) this.#start(true);
    const { subject } = this.#known;
    await this.#settled(outgoing.signal);
    // What one person asked for is not asked for in the name of another.
    if (subject !== undefined && this.#known.subject !== subject) throw new AuthError('account_changed');
    const { current } = this.#vaults;
    try {
      return await act(current);
    } catch (error) {
      if (!this.#mayLive(error)) throw error;
      // Another vault asks with a proof of its own whether the session is really over.
      this.#doubt(current, error);
      if (isLast) throw error;
      await this.#settled(outgoing.signal);
      // If it is not, the request was refused before anything was done, and goes out once more.
      if (!this.getSession() || this.#known.subject !== subject || outgoing.stream) throw error;
      return this.#attempt(act, outgoing, true);
    }
  }

  /** Waits for `ready`, and for what has taken its place by then, but not for longer than the caller does. */
  async #settled(signal: AbortSignal | undefined): Promise<void> {
    for (let ready; ready !== this.ready; ) await unlessAborted((ready = this.ready), signal);
  }

  /** Whether a vault says that there is no session where the page knows of one. */
  #mayLive(error: unknown): error is AuthError {
    return isAuthError(error, 'session_expired') || (this.getSession() !== undefined && isAuthError(error, 'not_signed_in'));
  }

  /** The vault's word is not taken for it, if it is still asked. */
  #doubt(connection: Connection, error?: AuthError): void {
    if (!this.#isCurrent(connection)) return;
    this.#known.presume(error?.reason);
    this.#start(true);
  }

  #isCurrent(connection: Connection): boolean {
    return connection === this.#vaults.current;
  }

  #start(restore: boolean): void {
    if (!this.#life.signal.aborted) this.#follow(this.#vaults.replace(restore), restore);
  }

  /** What is known when a vault has started. */
  #follow(connection: Connection, restore: boolean): void {
    // A vault that was replaced says nothing about the one that is there now.
    this.ready = connection.ready
      .then((session) => (this.#isCurrent(connection) ? this.#started(connection, session, restore) : this.ready))
      .catch((error: AuthError) => (this.#isCurrent(connection) ? this.#failed(error) : this.ready))
      .finally(() => this.#catchUp());
    // Whoever does not wait for `ready` sees the failure in `state`, and no unhandled rejection.
    this.ready.catch(() => {});
  }

  async #started(connection: Connection, session: SessionMessage | null, restored: boolean): Promise<void> {
    // Who asked for the session and found none has nothing left to sign out of.
    if (restored && !session) pendingSignOut.clear();
    if (this.#leaving) return;
    const extent = pendingSignOut.read();
    if (session && extent) {
      this.#known.ended('signed_out');
      return this.#tellSignOut(connection, extent).catch(() => {});
    }
    if (!extent) this.#retry.reset();
    if (session) this.#known.signedIn(session);
    else this.#known.ended();
  }

  #failed(error: AuthError): void {
    if (isAuthError(error, 'account_changed', 'session_expired')) {
      this.#known.presume(error.reason);
      this.#known.ended(error.code === 'account_changed' ? 'account_changed' : undefined);
      return this.#start(false);
    }
    if (this.#life.signal.aborted) throw error;
    // A page that is signed out has nothing to fail at until somebody signs in.
    if (this.state.status !== 'signed_out') this.#known.become({ status: 'failed', error });
    if (isAuthError(error, ...PASSING) || pendingSignOut.read()) this.#retry.plan(() => this.#start(true));
    throw error;
  }

  async #signInWith(credentials: string, signOuts: number, connection = this.#vaults.open(false)): Promise<Session<Claims>> {
    try {
      const session = await connection.ask((id) => ['sign_in', id, credentials]);
      if (!session) throw new AuthError('protocol');
      try {
        this.#known.read(session);
        // The person has signed out since, or the page wants no client any more.
        if (signOuts !== this.#signOuts || this.#life.signal.aborted) throw new AuthError('aborted');
      } catch (error) {
        await this.#tellSignOut(connection, pendingSignOut.note('here')).catch(() => {});
        throw error;
      }
      this.#vaults.keep(connection);
      this.ready = Promise.resolve();
      pendingSignOut.clear();
      this.#retry.reset();
      return this.#known.signedIn(session);
    } catch (error) {
      if (!this.#isCurrent(connection)) connection.close();
      throw error;
    }
  }

  /** Has the server end the session, now or when it can be reached; in either case this vault is over. */
  async #tellSignOut(connection: Connection, extent: Extent): Promise<void> {
    const told = connection.ask((id) => ['sign_out', id, extent === 'everywhere']);
    this.#leaving = told.catch(() => {});
    try {
      await told;
      // It may have become wider in the meantime.
      if (pendingSignOut.read() === extent) pendingSignOut.clear();
    } catch (error) {
      // Without a session there is nothing to tell, now or later.
      if (isAuthError(error, 'session_expired', 'not_signed_in', 'account_changed')) pendingSignOut.clear();
      else this.#retry.plan(() => this.#start(true));
      throw error;
    } finally {
      this.#leaving = undefined;
      connection.close();
      if (this.#isCurrent(connection)) this.#start(false);
    }
  }

  /**
   * Another tab says so. It may be a lie, so the server is asked whether what the page shows is still so, and the page shows
   * nothing in the meantime.
   */
  #heard(event: TabEvent): void {
    if (this.#leaving) return;
    const isEnd = event === 'signed_out';
    if (this.#signingIn || this.#checking || this.state.status === 'starting') {
      // While somebody signs in here, a sign-in may be theirs.
      if (isEnd || !this.#signingIn) this.#missed = event;
    } else if (this.getSession() || !isEnd) {
      if (isEnd) this.#known.presume(event);
      this.#checking = true;
      if (this.getSession()) this.ready = this.#check(this.#vaults.current);
      else this.#start(true);
      this.ready = this.ready.finally(() => {
        this.#checking = false;
        this.#catchUp();
      });
      this.ready.catch(() => {});
    }
  }

  #catchUp(): void {
    if (this.#signingIn) return;
    const missed = this.#missed;
    this.#missed = undefined;
    if (missed) this.#heard(missed);
  }

  #wake(): void {
    this.#vaults.current.send(['wake']);
    if (!this.#leaving && !this.#signingIn && (this.state.status === 'failed' || pendingSignOut.read())) {
      this.#retry.reset();
      this.#start(true);
    }
  }

  #check(connection: Connection): Promise<void> {
    this.#known.become(STARTING);
    const isAsked = () => this.#isCurrent(connection) && this.state.status === 'starting';
    return connection
      .ask((id) => ['check', id])
      .then((session) => {
        if (isAsked() && session) this.#known.signedIn(session);
      })
      .catch((error: AuthError) => {
        if (!isAsked()) return;
        if (isAuthError(error, ...PASSING)) return this.#failed(error);
        this.#doubt(connection, error);
      });
  }
}

/** Waits, but not for longer than the caller does. */
function unlessAborted(promise: Promise<void>, signal: AbortSignal | undefined): Promise<void> {
  signal?.throwIfAborted();
  if (!signal) return promise;
  return new Promise((resolve, reject) => {
    signal.onabort = () => reject(signal.reason);
    promise.then(resolve, reject);
  });
}
