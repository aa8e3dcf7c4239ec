/** What is known of a session on this page, and who is told when that changes. */
import type { EndReason } from './error.ts';
import type { SessionMessage } from './protocol.ts';
import { sessionOf, STARTING, type AuthState, type Session } from './state.ts';

/** `isNews` is whether a session has begun or ended, or another taken its place; other changes are of what is known of it. */
export type Listener<Claims> = (state: AuthState<Claims>, isNews: boolean) => void;

type Told = Pick<SessionMessage, 'claims'>;

/** What is looked at here of what a token says. */
type TokenClaims = Record<'sub' | 'sid', string> & Record<'iat' | 'auth_time', number> & { app?: unknown };

export class SessionState<Claims> {
  state: AuthState<Claims> = STARTING;
  /** Whose page this is. It never becomes somebody else's but by a sign-in on it. */
  subject: string | undefined;
  /** How far the server's clock is ahead of the browser's, in milliseconds. */
  clockOffset = 0;
  readonly listeners = new Set<Listener<Claims>>();
  readonly #check: (claims: unknown) => Claims;
  /** Why the session is over, if it turns out to be. */
  #presumed: EndReason | undefined;
  /** The session that the listeners have heard of. */
  #told: string | undefined;

  /** `check` takes what the application says of the person, or throws. */
  constructor(check: (claims: unknown) => Claims) {
    this.#check = check;
  }

  /** What the vault tells of a session, if the page takes its claims. */
  read({ claims }: Told): Session<Claims> {
    const { sub, sid, auth_time: authTime, app } = claims as TokenClaims;
    return { subject: sub, id: sid, authenticatedAt: new Date(authTime * 1000), claims: this.#check(app) };
  }

  signedIn(message: Told): Session<Claims> {
    const session = this.read(message);
    // The token has just been issued.
    this.clockOffset = (message.claims as TokenClaims).iat * 1000 - Date.now();
    this.subject = session.subject;
    this.#presumed = undefined;
    this.become({ status: 'signed_in', session });
    return session;
  }

  /** What is known of an end outweighs what was heard of it. */
  presume(reason: EndReason | undefined): void {
    if (reason && (reason !== 'unknown' || !this.#presumed)) this.#presumed = reason;
  }

  /** There is no session. There is a reason if there was one on this page, or the server knows of one. */
  ended(reason = this.#presumed ?? (this.subject === undefined ? undefined : 'unknown')): void {
    this.#presumed = undefined;
    if (this.state.status !== 'signed_out') this.become({ status: 'signed_out', reason });
  }

  become(state: AuthState<Claims>): void {
    const session = sessionOf(state);
    const isEnd = state.status === 'signed_out';
    const isNews = session ? session.id !== this.#told : isEnd && state.reason !== undefined && this.state.status !== 'signed_out';
    if (session || isEnd) this.#told = session?.id;
    this.state = state;
    for (const listener of [...this.listeners]) {
      // A listener has changed it, and all have heard of that.
      if (this.state !== state) return;
      try {
        listener(state, isNews);
      } catch (error) {
        reportError(error);
      }
    }
  }
}
