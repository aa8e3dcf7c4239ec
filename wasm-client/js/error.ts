/** The one error that the client throws. */
import { ERROR_MESSAGES } from './error-messages.ts';

/** The codes of {@link AuthError}: why the client did not do what it was asked. Tests hold it against the vault's. */
export type AuthErrorCode =
  | 'aborted'
  | 'account_changed'
  | 'bad_claims'
  | 'bad_credentials'
  | 'forbidden'
  | 'insecure_context'
  | 'isolation_required'
  | 'network'
  | 'not_signed_in'
  | 'offline'
  | 'origin_not_allowed'
  | 'protocol'
  | 'redirect_blocked'
  | 'session_expired'
  | 'spent'
  | 'start_timeout'
  | 'step_up_required'
  | 'timeout'
  | 'unavailable'
  | 'unsupported'
  | 'version_mismatch'
  | 'wasm_blocked'
  | 'worker_blocked';

/** Says why a session ended. `expired` is the absolute limit, `idle` the idle limit; `unknown` if the client was not told. */
export type EndReason = 'account_changed' | 'expired' | 'idle' | 'revoked' | 'signed_out' | 'unknown';

const DOCS = 'https://github.com/symbolon/symbolon/blob/main/docs/client.md#';

/** An {@link AuthError} with this code. */
export interface AuthErrorOf<Code extends AuthErrorCode> extends Error {
  /** The name of every error of this kind. */
  readonly name: 'AuthError';
  /** The code of the error, for programs. */
  readonly code: Code;
  /** Says why the session ended, if the code is `session_expired`. */
  readonly reason: Code extends 'session_expired' ? EndReason : undefined;
  /** The address of the section of the documentation about this code. */
  readonly docs: string;
}

/**
 * The one error that the client throws. `code` is for programs. `message` is for developers: the code, what happened, what
 * to do, and the address of the documentation. It never contains a secret.
 *
 * @example
 * ```ts
 * import { createAuthClient, isAuthError } from 'symbolon';
 *
 * try {
 *   await createAuthClient().refresh();
 * } catch (error) {
 *   if (isAuthError(error)) console.warn(error.code, error.message);
 * }
 * ```
 */
export type AuthError = { [Code in AuthErrorCode]: AuthErrorOf<Code> }[AuthErrorCode];

interface AuthErrorConstructor {
  readonly prototype: AuthError;
  new <Code extends AuthErrorCode>(code: Code, reason?: EndReason, cause?: unknown): AuthErrorOf<Code>;
}

/**
 * Makes an {@link AuthError}, for example in the sign-in handler of a test client.
 *
 * @example
 * ```ts
 * import { AuthError } from 'symbolon';
 *
 * const auth = createTestClient({
 *   signIn: () => Promise.reject(new AuthError('bad_credentials')),
 * });
 * ```
 */
export const AuthError = class extends Error {
  override readonly name = 'AuthError';

  constructor(code: AuthErrorCode, reason?: EndReason, cause?: unknown) {
    const docs = DOCS + code;
    super(`${code}: ${(ERROR_MESSAGES satisfies Record<AuthErrorCode, string>)[code]} ${docs}`, { cause });
    Object.assign(this, { code, reason, docs });
  }
} as AuthErrorConstructor;

/** Returns the error that a message of the vault names. @internal */
export function authError(code: string, reason: string | undefined): AuthError {
  return new AuthError(code as AuthErrorCode, reason as EndReason) as AuthError;
}

/**
 * Returns whether `error` is an {@link AuthError}, and one of `codes` if any are given. Narrows the type.
 *
 * @example
 * ```ts
 * import { createAuthClient, isAuthError } from 'symbolon';
 *
 * try {
 *   await createAuthClient().signIn({ email: 'ann@app.example', password: 'open sesame' });
 * } catch (error) {
 *   if (!isAuthError(error, 'bad_credentials', 'forbidden')) throw error;
 *   alert('The name or the password is wrong.');
 * }
 * ```
 */
export function isAuthError<Code extends AuthErrorCode = AuthErrorCode>(
  error: unknown,
  ...codes: readonly Code[]
): error is Extract<AuthError, { code: Code }> {
  return error instanceof AuthError && (!codes[0] || codes.includes(error.code as Code));
}
