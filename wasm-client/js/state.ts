/** The states of a client, and a session as a page sees it. */
import type { AuthError, EndReason } from './error.ts';

/** A session as the page knows it. The server decides anew at every request whether it lives. */
export interface Session<Claims = unknown> {
  /** The person: the subject that the application named at sign-in. */
  readonly subject: string;
  /** The id of the session. */
  readonly id: string;
  /** The time at which the person last proved who they are. */
  readonly authenticatedAt: Date;
  /** The claims about the person, from the server's `Builder::claims`. Show them; never decide by them. */
  readonly claims: Claims;
}

/** The state of a client: what it knows of the session now. */
export type AuthState<Claims = unknown> =
  /** The client is finding out whether there is a session. Show nothing that is only for somebody who is signed in. */
  | { readonly status: 'starting' }
  /** Somebody is signed in, with this session. */
  | { readonly status: 'signed_in'; readonly session: Session<Claims> }
  /** Nobody is signed in; `reason` says why the session ended, if there was one. */
  | { readonly status: 'signed_out'; readonly reason?: EndReason | undefined }
  /** The client cannot find out whether there is a session. It tries again by itself where that can help. */
  | { readonly status: 'failed'; readonly error: AuthError };

/** The state until the client knows more. @internal */
export const STARTING = { status: 'starting' } as const;

/** Returns the session of a state, if it has one. @internal */
export function sessionOf<Claims>(state: AuthState<Claims>): Session<Claims> | undefined {
  return state.status === 'signed_in' ? state.session : undefined;
}
