/** What a page can know of a session. */
import type { AuthError, EndReason } from './error.ts';

/** Who is signed in, as far as the page knows. The server decides at every request. */
export interface Session<Claims = unknown> {
  /** Whose session it is: the subject that the application gave at sign-in. */
  readonly subject: string;
  /** Which session it is. */
  readonly id: string;
  /** When the person proved who they are. */
  readonly authenticatedAt: Date;
  /** What the server's `Builder::claims` says of the person, for display: never a basis for a decision. */
  readonly claims: Claims;
}

/** What the client knows now. */
export type AuthState<Claims = unknown> =
  /** It is being found out. Show nothing that is only for one who is signed in. */
  | { readonly status: 'starting' }
  | { readonly status: 'signed_in'; readonly session: Session<Claims> }
  /** `reason` says why, when there was a session. */
  | { readonly status: 'signed_out'; readonly reason?: EndReason | undefined }
  /** It cannot be found out now. The client tries again by itself where that can help. */
  | { readonly status: 'failed'; readonly error: AuthError };

export const STARTING = { status: 'starting' } as const;

export function sessionOf<Claims>(state: AuthState<Claims>): Session<Claims> | undefined {
  return state.status === 'signed_in' ? state.session : undefined;
}
