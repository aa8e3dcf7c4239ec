/** The page's client. It passes calls on to a vault, and asks the server again when the session may have changed. */
import type { AuthClient, AuthClientOptions, SignOutOptions } from './auth-client.ts';
import { claimsChecker } from './claims.ts';
import { Connection } from './connection.ts';
import { AuthError, isAuthError } from './error.ts';
import { exchange } from './fetch/exchange.ts';
import { type OutgoingRequest, serializeRequest } from './fetch/request.ts';
import { SessionState } from './session-state.ts';
import { watchLifecycle } from './lifecycle.ts';
import { SessionView } from './session-view.ts';
import { type SignOutScope, pendingSignOut } from './pending-sign-out.ts';
import type { SessionMessage, TabEvent } from './protocol.ts';
import { Backoff } from './backoff.ts';
import { type Session, STARTING } from './state.ts';
import { inlineVault, servedWorker } from './vault-channel.ts';
import { Vaults } from './vaults.ts';

/** Failures that may pass, so that trying again helps. A script that a busy server did not send looks like a blocked one. */
const TRANSIENT = ['offline', 'start_timeout', 'timeout', 'unavailable', 'wasm_blocked', 'worker_blocked'] as const;

/** The client of a page in a browser. */
export class Client<Claims> extends SessionView<Claims> implements AuthClient<Claims> {
  readonly #sessionState: SessionState<Claims>;
  readonly #vaults: Vaults;
  readonly #backoff = new Backoff();
  /** Aborted by `dispose()`. */
  readonly #lifetime = new AbortController();
  #signingIn = 0;
  #checking = false;
  /** Settles when the server has answered to a sign-out. */
  #signOutUnderWay: Promise<unknown> | undefined;
  /** Counts the sign-outs: a sign-in that began before a sign-out must not succeed after it. */
  #signOuts = 0;
  /** An event of another tab that came while this tab was busy, and is handled afterwards. */
  #deferredTabEvent: TabEvent | undefined;
  ready!: Promise<void>;

  constructor(options: AuthClientOptions<Claims>, onDispose: () => void) {
    const sessionState = new SessionState(claimsChecker(options.claims));
    super(sessionState);
    this.#sessionState = sessionState;
    const { signal } = this.#lifetime;
    signal.onabort = onDispose;
    watchLifecycle(signal, { wake: () => this.#wake(), thaw: () => this.#onTabEvent('signed_in') });
    const { isolation, worker = servedWorker } = options;
    const open = isolation === 'inline' ? inlineVault : worker;
    this.#vaults = new Vaults((restore) => {
      const onTabEvent = (event: TabEvent) => this.#isCurrent(connection) && this.#onTabEvent(event);
      const connection = new Connection({ open, restore, subject: sessionState.subject, onTabEvent });
      return connection;
    });
    this.#follow(this.#vaults.current, true);
  }

  readonly signIn = async (credentials: unknown): Promise<Session<Claims>> => {
    const text = JSON.stringify(credentials);
    const signOuts = this.#signOuts;
    if (this.#lifetime.signal.aborted) throw new AuthError('aborted');
    this.#backoff.reset();
    this.#signingIn++;
    try {
      // The answer to a sign-out deletes the cookies, which must not be the new ones.
      await this.#signOutUnderWay;
      // A vault that has a session does not begin another. It is kept until the new session is there.
      const { current } = this.#vaults;
      const idle = this.state.status === 'signed_out' && !current.isClosed ? current : undefined;
      return await this.#signInWith(text, signOuts, idle).catch((error: unknown) => {
        // The vault's secret is used up or too old. A new vault has a new one.
        if (!isAuthError(error, 'spent')) throw error;
        return this.#signInWith(text, signOuts);
      });
    } finally {
      this.#signingIn--;
      this.#handleDeferredTabEvent();
    }
  };

  readonly signOut = async ({ everywhere = false }: SignOutOptions = {}): Promise<void> => {
    // Only a vault that has the session can end it. After a sign-out without an answer there is none.
    const isUnfinished = !this.getSession() && pendingSignOut.read();
    const scope = pendingSignOut.note(everywhere ? 'everywhere' : 'here');
    this.#signOuts++;
    this.#backoff.reset();
    this.#vaults.keep();
    this.#sessionState.set({ status: 'signed_out', reason: 'signed_out' });
    if (!isUnfinished) return this.#sendSignOut(this.#vaults.current, scope);
    if (!this.#signOutUnderWay) this.#start(true);
    await (this.#signOutUnderWay ?? this.ready);
    if (pendingSignOut.read()) throw new AuthError('unavailable');
  };

  readonly refresh = (): Promise<Session<Claims>> =>
    this.#withSession(async (connection) => {
      const signOuts = this.#signOuts;
      const session = this.getSession() && (await connection.ask((id) => ['check', id]));
      if (!session || signOuts !== this.#signOuts || !this.#isCurrent(connection)) throw new AuthError('not_signed_in');
      return this.#sessionState.setSignedIn(session);
    });

  readonly fetch = async (input: RequestInfo | URL, init?: RequestInit): Promise<Response> => {
    const outgoing = await serializeRequest(input, init ?? {});
    return this.#withSession((connection) => exchange(connection, outgoing), outgoing);
  };

  readonly dispose = (): void => {
    this.#lifetime.abort();
    this.#backoff.reset();
    this.#vaults.keep();
    this.#vaults.current.close();
  };

  /** Calls `act` with a vault. If that says that the session is over, asks the server, and calls `act` once more. */
  async #withSession<T>(act: (connection: Connection) => Promise<T>, outgoing: Partial<OutgoingRequest> = {}, isLast = false): Promise<T> {
    if (this.#vaults.current.isClosed && this.getSession()) this.#start(true);
    const { subject } = this.#sessionState;
    await this.#untilReady(outgoing.signal);
    // A request of one person is never sent in the name of another.
    if (subject !== undefined && this.#sessionState.subject !== subject) throw new AuthError('account_changed');
    const { current } = this.#vaults;
    try {
      return await act(current);
    } catch (error) {
      if (!this.#mayStillLive(error)) throw error;
      // A new vault asks the server, with its own proof, whether the session is really over.
      this.#recheck(current, error);
      if (isLast) throw error;
      await this.#untilReady(outgoing.signal);
      // If it lives, the server had refused the request before doing anything, and it is sent once more.
      if (!this.getSession() || this.#sessionState.subject !== subject || outgoing.stream) throw error;
      return this.#withSession(act, outgoing, true);
    }
  }

  /** Waits for `ready`, and for what has replaced it by then, or until the caller aborts. */
  async #untilReady(signal: AbortSignal | undefined): Promise<void> {
    for (let ready: Promise<void> | undefined; ready !== this.ready; ) await unlessAborted((ready = this.ready), signal);
  }

  /** Returns whether the session may live although a vault says that there is none. */
  #mayStillLive(error: unknown): error is AuthError {
    return isAuthError(error, 'session_expired') || (this.getSession() !== undefined && isAuthError(error, 'not_signed_in'));
  }

  /** Starts another vault to ask the server, if this one is still the current one. */
  #recheck(connection: Connection, error?: AuthError): void {
    if (!this.#isCurrent(connection)) return;
    this.#sessionState.presumeEndReason(error?.reason);
    this.#start(true);
  }

  #isCurrent(connection: Connection): boolean {
    return connection === this.#vaults.current;
  }

  #start(restore: boolean): void {
    if (!this.#lifetime.signal.aborted) this.#follow(this.#vaults.replace(restore), restore);
  }

  /** Sets `ready` and the state by what a new vault finds. */
  #follow(connection: Connection, restore: boolean): void {
    // The result of a replaced vault says nothing about the current one.
    this.ready = connection.ready
      .then((session) => (this.#isCurrent(connection) ? this.#started(connection, session, restore) : this.ready))
      .catch((error: AuthError) => (this.#isCurrent(connection) ? this.#failed(error) : this.ready))
      .finally(() => this.#handleDeferredTabEvent());
    // The failure is in `state` too, so a page that does not wait for `ready` gets no unhandled rejection.
    this.ready.catch(() => {});
  }

  async #started(connection: Connection, session: SessionMessage | null, restored: boolean): Promise<void> {
    // Without a session there is nothing left to sign out of.
    if (restored && !session) pendingSignOut.clear();
    if (this.#signOutUnderWay) return;
    const scope = pendingSignOut.read();
    if (session && scope) {
      this.#sessionState.setSignedOut('signed_out');
      return this.#sendSignOut(connection, scope).catch(() => {});
    }
    if (!scope) this.#backoff.reset();
    if (session) this.#sessionState.setSignedIn(session);
    else this.#sessionState.setSignedOut();
  }

  #failed(error: AuthError): void {
    if (isAuthError(error, 'account_changed', 'session_expired')) {
      this.#sessionState.presumeEndReason(error.reason);
      this.#sessionState.setSignedOut(error.code === 'account_changed' ? 'account_changed' : undefined);
      return this.#start(false);
    }
    if (this.#lifetime.signal.aborted) throw error;
    // A page that is signed out stays so until somebody signs in.
    if (this.state.status !== 'signed_out') this.#sessionState.set({ status: 'failed', error });
    if (isAuthError(error, ...TRANSIENT) || pendingSignOut.read()) this.#backoff.schedule(() => this.#start(true));
    throw error;
  }

  async #signInWith(credentials: string, signOuts: number, connection = this.#vaults.open(false)): Promise<Session<Claims>> {
    try {
      const session = await connection.ask((id) => ['sign_in', id, credentials]);
      if (!session) throw new AuthError('protocol');
      try {
        this.#sessionState.parseSession(session);
        // Meanwhile the person has signed out, or the page has disposed of the client.
        if (signOuts !== this.#signOuts || this.#lifetime.signal.aborted) throw new AuthError('aborted');
      } catch (error) {
        await this.#sendSignOut(connection, pendingSignOut.note('here')).catch(() => {});
        throw error;
      }
      this.#vaults.keep(connection);
      this.ready = Promise.resolve();
      pendingSignOut.clear();
      this.#backoff.reset();
      return this.#sessionState.setSignedIn(session);
    } catch (error) {
      if (!this.#isCurrent(connection)) connection.close();
      throw error;
    }
  }

  /** Has the server end the session, now or when it can be reached. Ends this vault in either case. */
  async #sendSignOut(connection: Connection, scope: SignOutScope): Promise<void> {
    const answer = connection.ask((id) => ['sign_out', id, scope === 'everywhere']);
    this.#signOutUnderWay = answer.catch(() => {});
    try {
      await answer;
      // Meanwhile the scope may have become wider.
      if (pendingSignOut.read() === scope) pendingSignOut.clear();
    } catch (error) {
      // Without a session there is nothing to end, now or later.
      if (isAuthError(error, 'session_expired', 'not_signed_in', 'account_changed')) pendingSignOut.clear();
      else this.#backoff.schedule(() => this.#start(true));
      throw error;
    } finally {
      this.#signOutUnderWay = undefined;
      connection.close();
      if (this.#isCurrent(connection)) this.#start(false);
    }
  }

  /**
   * Handles another tab's sign-in or sign-out. The event may be a lie, so the client asks the server whether its session
   * still lives. Its state is `starting` in the meantime.
   */
  #onTabEvent(event: TabEvent): void {
    if (this.#signOutUnderWay) return;
    const isEnd = event === 'signed_out';
    if (this.#signingIn || this.#checking || this.state.status === 'starting') {
      // While somebody signs in here, a reported sign-in may be that one.
      if (isEnd || !this.#signingIn) this.#deferredTabEvent = event;
    } else if (this.getSession() || !isEnd) {
      if (isEnd) this.#sessionState.presumeEndReason(event);
      this.#checking = true;
      if (this.getSession()) this.ready = this.#check(this.#vaults.current);
      else this.#start(true);
      this.ready = this.ready.finally(() => {
        this.#checking = false;
        this.#handleDeferredTabEvent();
      });
      this.ready.catch(() => {});
    }
  }

  #handleDeferredTabEvent(): void {
    if (this.#signingIn) return;
    const event = this.#deferredTabEvent;
    this.#deferredTabEvent = undefined;
    if (event) this.#onTabEvent(event);
  }

  /** Tries again at once what waits for its next attempt. */
  #wake(): void {
    this.#vaults.current.send(['wake']);
    if (!this.#signOutUnderWay && !this.#signingIn && (this.state.status === 'failed' || pendingSignOut.read())) {
      this.#backoff.reset();
      this.#start(true);
    }
  }

  /** Asks the server whether the session lives. The state is `starting` until the answer comes. */
  #check(connection: Connection): Promise<void> {
    this.#sessionState.set(STARTING);
    const isCurrentCheck = () => this.#isCurrent(connection) && this.state.status === 'starting';
    return connection
      .ask((id) => ['check', id])
      .then((session) => {
        if (isCurrentCheck() && session) this.#sessionState.setSignedIn(session);
      })
      .catch((error: AuthError) => {
        if (!isCurrentCheck()) return;
        if (isAuthError(error, ...TRANSIENT)) return this.#failed(error);
        this.#recheck(connection, error);
      });
  }
}

/** Waits for the promise, or rejects when the caller aborts. */
function unlessAborted(promise: Promise<void>, signal: AbortSignal | undefined): Promise<void> {
  signal?.throwIfAborted();
  if (!signal) return promise;
  return new Promise((resolve, reject) => {
    signal.onabort = () => reject(signal.reason);
    promise.then(resolve, reject);
  });
}
