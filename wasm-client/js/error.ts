/** Why the client did not do what it was asked. Kept equal to the vault's own list by a test. */
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

/** Why a session is over, as far as that is known. */
export type EndReason = 'account_changed' | 'expired' | 'idle' | 'revoked' | 'signed_out' | 'unknown';

const DOCS = 'https://github.com/symbolon/symbolon/blob/main/docs/client.md#';

/** An error with this code. */
export interface AuthErrorOf<Code extends AuthErrorCode> extends Error {
  readonly name: 'AuthError';
  readonly code: Code;
  /** Of `session_expired`: why. */
  readonly reason: Code extends 'session_expired' ? EndReason : undefined;
  /** Where the documentation says what to do. */
  readonly docs: string;
}

/** The one error that the client throws. `switch` on its `code`; the message is for people. */
export type AuthError = { [Code in AuthErrorCode]: AuthErrorOf<Code> }[AuthErrorCode];

interface AuthErrorConstructor {
  readonly prototype: AuthError;
  new <Code extends AuthErrorCode>(code: Code, reason?: EndReason, cause?: unknown): AuthErrorOf<Code>;
}

export const AuthError = class extends Error {
  override readonly name = 'AuthError';

  constructor(code: AuthErrorCode, reason?: EndReason, cause?: unknown) {
    const docs = DOCS + code;
    super(`${code}: ${docs}`, { cause });
    Object.assign(this, { code, reason, docs });
  }
} as AuthErrorConstructor;

/** The error that the vault names, with the reason that it gives when it has one to give. */
export function authError(code: string, reason: string | undefined): AuthError {
  return new AuthError(code as AuthErrorCode, reason as EndReason) as AuthError;
}

/**
 * Whether it is an {@link AuthError}, and with one of these codes, if any are given.
 *
 * ```ts
 * if (isAuthError(error, 'bad_credentials', 'forbidden')) show(error.message);
 * ```
 */
export function isAuthError<Code extends AuthErrorCode = AuthErrorCode>(
  error: unknown,
  ...codes: readonly Code[]
): error is Extract<AuthError, { code: Code }> {
  return error instanceof AuthError && (!codes[0] || codes.includes(error.code as Code));
}
