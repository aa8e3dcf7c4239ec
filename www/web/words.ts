/** What went wrong, for people. */
import { AuthError, type AuthErrorCode } from 'symbolon';

/** What the server says no to, in its words. */
export class Refusal extends Error {}

/** An error's own message is for developers. */
const WORDS: Partial<Record<AuthErrorCode, string>> = {
  bad_credentials: 'The name or the password is wrong.',
  forbidden: 'You cannot sign in now.',
  insecure_context: 'This page must be served over https, or from localhost.',
  offline: 'The server cannot be reached.',
  session_expired: 'Your session is over.',
  timeout: 'The server does not answer.',
  unavailable: 'The server cannot answer now.',
  version_mismatch: 'This page is out of date: load it again.',
};

export function inWords(error: unknown): string {
  if (error instanceof AuthError) return WORDS[error.code] ?? error.message;
  return error instanceof Refusal ? error.message : String(error);
}
