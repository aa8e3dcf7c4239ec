/** What a page can know of a session. */
import type { AuthError, EndReason } from './error.ts';
import type { SessionMessage } from './protocol.ts';

/** Who is signed in, as far as the page knows. The server decides at every request. */
export interface Session {
  /** Whose session it is: the subject that the application gave at sign-in. */
  readonly subject: string;
  /** Which session it is. */
  readonly id: string;
  /** When the person proved who they are. */
  readonly authenticatedAt: Date;
  /** Everything that the token claims, for display: never a basis for a decision. */
  readonly claims: Readonly<Record<string, unknown>>;
}

/** What the client knows now. */
export type AuthState =
  /** It is being found out. Show nothing that is only for one who is signed in. */
  | { readonly status: 'starting' }
  | { readonly status: 'signed-in'; readonly session: Session }
  /** `reason` says why, when there was a session on this page. */
  | { readonly status: 'signed-out'; readonly reason?: EndReason }
  /** It cannot be found out now. The client tries again by itself where that can help. */
  | { readonly status: 'failed'; readonly error: AuthError };

export function describe({ claims }: SessionMessage): Session {
  const { sub, sid, auth_time: authTime } = claims;
  return { subject: String(sub), id: String(sid), authenticatedAt: new Date(Number(authTime) * 1000), claims };
}
