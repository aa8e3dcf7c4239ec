/** Holds what this page knows of its session, and notifies listeners when that changes. */
import type { EndReason } from './error.ts';
import type { SessionMessage } from './protocol.ts';
import { sessionOf, STARTING, type AuthState, type Session } from './state.ts';

/** `sessionChanged` says that a session began, ended or replaced another. Other changes are of what is known of one session. */
export type Listener<Claims> = (state: AuthState<Claims>, sessionChanged: boolean) => void;

type VaultClaims = Pick<SessionMessage, 'claims'>;

/** The claims of a token that the page reads. */
type TokenClaims = Record<'sub' | 'sid', string> & Record<'iat' | 'auth_time', number> & { app?: unknown };

/** The session as this page knows it. */
export class SessionState<Claims> {
  state: AuthState<Claims> = STARTING;
  /** The person whose page this is. Only a sign-in on this page changes it. */
  subject: string | undefined;
  /** The time by which the server's clock is ahead of the browser's, in milliseconds. */
  clockOffset = 0;
  readonly listeners = new Set<Listener<Claims>>();
  readonly #checkClaims: (claims: unknown) => Claims;
  /** The reason to report if the session turns out to have ended. */
  #presumedReason: EndReason | undefined;
  /** The id of the session that the listeners know of. */
  #announcedId: string | undefined;

  /** `checkClaims` returns the application's claims, or throws. */
  constructor(checkClaims: (claims: unknown) => Claims) {
    this.#checkClaims = checkClaims;
  }

  /** Returns the session that the vault reports. Throws if the page's schema rejects its claims. */
  parseSession({ claims }: VaultClaims): Session<Claims> {
    const { sub, sid, auth_time: authTime, app } = claims as TokenClaims;
    return { subject: sub, id: sid, authenticatedAt: new Date(authTime * 1000), claims: this.#checkClaims(app) };
  }

  /** Takes over a session from the vault, and returns it. */
  setSignedIn(message: VaultClaims): Session<Claims> {
    const session = this.parseSession(message);
    // The token has just been issued, so `iat` is the server's time.
    this.clockOffset = (message.claims as TokenClaims).iat * 1000 - Date.now();
    this.subject = session.subject;
    this.#presumedReason = undefined;
    this.set({ status: 'signed_in', session });
    return session;
  }

  /** Remembers why the session may have ended. A known reason is never replaced by `unknown`. */
  presumeEndReason(reason: EndReason | undefined): void {
    if (reason && (reason !== 'unknown' || !this.#presumedReason)) this.#presumedReason = reason;
  }

  /** Records that there is no session. There is a reason if this page had one, or the server knows of one. */
  setSignedOut(reason = this.#presumedReason ?? (this.subject === undefined ? undefined : 'unknown')): void {
    this.#presumedReason = undefined;
    if (this.state.status !== 'signed_out') this.set({ status: 'signed_out', reason });
  }

  /** Sets the state and notifies the listeners. */
  set(state: AuthState<Claims>): void {
    const session = sessionOf(state);
    const isEnd = state.status === 'signed_out';
    const sessionChanged = session ? session.id !== this.#announcedId : isEnd && state.reason !== undefined && this.state.status !== 'signed_out';
    if (session || isEnd) this.#announcedId = session?.id;
    this.state = state;
    for (const listener of [...this.listeners]) {
      // A listener has changed the state, and all listeners know that already.
      if (this.state !== state) return;
      try {
        listener(state, sessionChanged);
      } catch (error) {
        reportError(error);
      }
    }
  }
}
