/** The members of a client that only read its state. Pages, tests and server-side rendering share them. */
import type { AuthEvents } from './auth-client.ts';
import type { EndReason } from './error.ts';
import type { SessionState, Listener } from './session-state.ts';
import { sessionOf, type AuthState, type Session } from './state.ts';

/** Reads a session state, for the members of `AuthClient` that change nothing. */
export class SessionView<Claims> {
  readonly #sessionState: SessionState<Claims>;

  constructor(sessionState: SessionState<Claims>) {
    this.#sessionState = sessionState;
  }

  get state(): AuthState<Claims> {
    return this.#sessionState.state;
  }

  readonly getSnapshot = (): AuthState<Claims> => this.state;

  readonly getSession = (): Session<Claims> | undefined => sessionOf(this.state);

  readonly now = (): number => Date.now() + this.#sessionState.clockOffset;

  readonly subscribe = (listener: Listener<Claims>): (() => void) => {
    const { listeners } = this.#sessionState;
    listeners.add(listener);
    return () => void listeners.delete(listener);
  };

  readonly on = <Event extends keyof AuthEvents<Claims>>(event: Event, listener: (value: AuthEvents<Claims>[Event]) => void): (() => void) => {
    return this.subscribe((state, sessionChanged) => {
      const value =
        event === 'change' ? state : sessionChanged && event === state.status && (sessionOf(state) ?? (state as { reason: EndReason }).reason);
      if (value) listener(value as AuthEvents<Claims>[Event]);
    });
  };

  readonly onAuthStateChange = (listener: (state: AuthState<Claims>) => void): (() => void) => {
    const unsubscribe = this.on('change', listener);
    listener(this.state);
    return unsubscribe;
  };
}
