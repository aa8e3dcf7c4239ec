/** The half of a client that only looks: the same whoever finds out what is known. */
import type { AuthEvents } from './auth-client.ts';
import type { EndReason } from './error.ts';
import type { SessionState, Listener } from './session-state.ts';
import { sessionOf, type AuthState, type Session } from './state.ts';

export class SessionView<Claims> {
  readonly #known: SessionState<Claims>;

  constructor(known: SessionState<Claims>) {
    this.#known = known;
  }

  get state(): AuthState<Claims> {
    return this.#known.state;
  }

  readonly getSnapshot = (): AuthState<Claims> => this.state;

  readonly getSession = (): Session<Claims> | undefined => sessionOf(this.state);

  readonly now = (): number => Date.now() + this.#known.clockOffset;

  readonly subscribe = (listener: Listener<Claims>): (() => void) => {
    const { listeners } = this.#known;
    listeners.add(listener);
    return () => void listeners.delete(listener);
  };

  readonly on = <Event extends keyof AuthEvents<Claims>>(event: Event, listener: (value: AuthEvents<Claims>[Event]) => void): (() => void) => {
    return this.subscribe((state, isNews) => {
      const value = event === 'change' ? state : isNews && event === state.status && (sessionOf(state) ?? (state as { reason: EndReason }).reason);
      if (value) listener(value as AuthEvents<Claims>[Event]);
    });
  };

  readonly onAuthStateChange = (listener: (state: AuthState<Claims>) => void): (() => void) => {
    const unsubscribe = this.on('change', listener);
    listener(this.state);
    return unsubscribe;
  };
}
