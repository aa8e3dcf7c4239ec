/** What the person reads when a request fails, or when they were signed out. */
import { AuthError, type AuthErrorCode, type AuthState, type EndReason } from 'symbolon';

/** A refusal of the bank's API. Its message is written for the person. */
export class ApiError extends Error {}

/** A code without a sentence here is a mistake of the site's developer, and shows the message of the `AuthError`. */
const ERRORS: Partial<Record<AuthErrorCode, string>> = {
  account_changed: 'Somebody else has signed in in this browser. Load the page again to go on.',
  bad_credentials: 'The name or the password is wrong. Try again.',
  forbidden: 'The server refuses this sign-in. Load the page again, and try once more.',
  insecure_context: 'This page needs a secure connection. Open it over https, or on localhost.',
  network: 'The connection broke off. Try again.',
  not_signed_in: 'You are not signed in. Sign in to go on.',
  offline: 'The server cannot be reached. Check your connection, and try again.',
  session_expired: 'Your session has ended. Sign in again.',
  spent: 'The server has seen this sign-in already. Try again.',
  step_up_required: 'The bank needs your password for this. Try again.',
  timeout: 'The server does not answer. Try again in a moment.',
  unavailable: 'The server cannot answer now. Try again in a moment.',
  unsupported: 'This browser is too old for this page. Update it, or use another one.',
  version_mismatch: 'This page is out of date. Load it again.',
};

const SIGN_OUTS: Record<EndReason, string> = {
  account_changed: 'Somebody else has signed in in this browser. Load the page again to go on.',
  expired: 'You were signed out: a session lasts one working day at most. Sign in again to go on.',
  idle: 'You were signed out: nobody did anything here for a while. Sign in again to go on.',
  revoked: 'You were signed out: this session was ended somewhere else. Sign in again to go on.',
  signed_out: 'You have signed out.',
  unknown: 'You were signed out. Sign in again to go on.',
};

/** Returns the sentence for an error. */
export function errorMessage(error: unknown): string {
  if (error instanceof AuthError) return ERRORS[error.code] ?? error.message;
  return error instanceof ApiError ? error.message : String(error);
}

/** Returns why the person was signed out; nothing if nobody was signed in before. */
export function signOutMessage(reason: EndReason | undefined): string {
  return reason ? SIGN_OUTS[reason] : '';
}

/** Returns the status of the client, in words. */
export function statusMessage(state: AuthState): string {
  switch (state.status) {
    case 'failed':
      return errorMessage(state.error);
    case 'signed_in':
      return 'signed in';
    case 'signed_out':
      return 'signed out';
    case 'starting':
      return 'starting …';
  }
}
