/** Why the client did not do what it was asked. Kept equal to the vault's own list by a test. */
export type AuthErrorCode =
  | 'aborted'
  | 'account_changed'
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
export type EndReason = 'account-changed' | 'expired' | 'idle' | 'revoked' | 'signed-out' | 'unknown';

const MESSAGES: Record<AuthErrorCode, string> = {
  aborted: 'The vault was closed.',
  account_changed: 'Somebody else has signed in in this browser.',
  bad_credentials: 'The name or the password is wrong.',
  forbidden: 'The server does not let you sign in now.',
  insecure_context: 'The page must be served over https, or from localhost.',
  isolation_required: 'The server lets only the worker that it serves itself hold tokens: see Config::let_page_script_read_tokens.',
  network: 'The request was not answered.',
  not_signed_in: 'Nobody is signed in.',
  offline: 'The server could not be reached. The session is as it was.',
  origin_not_allowed: 'The token does not go to this origin: declare it on the server with Config::api_origin.',
  protocol: 'The server answered what no Symbolon server answers.',
  redirect_blocked: 'The answer was a redirect, and redirects are not followed with a token.',
  session_expired: 'The session is over.',
  spent: 'The vault had to start anew: try again.',
  start_timeout: 'The vault did not start in time.',
  step_up_required: 'Prove again who you are to go on.',
  timeout: 'The server did not answer in time. The session is as it was.',
  unavailable: 'The server cannot answer now. The session is as it was.',
  unsupported: 'The vault does not send such a request.',
  version_mismatch: 'The page and the server are of different versions: load the page again.',
  wasm_blocked: 'The vault could not load its WebAssembly module.',
  worker_blocked: 'The browser did not start /auth/vault.js as a worker.',
};

const DOCS = 'https://github.com/symbolon/symbolon/blob/main/docs/client.md#';

/** The one error that the client throws. `switch` on its `code`; the message is for people. */
export class AuthError extends Error {
  override readonly name = 'AuthError';
  readonly code: AuthErrorCode;
  /** Of `session_expired`: why. */
  readonly reason: EndReason | undefined;
  /** Where the documentation says what to do. */
  readonly docs: string;

  constructor(code: AuthErrorCode, reason?: EndReason) {
    super(MESSAGES[code]);
    this.code = code;
    this.reason = reason;
    this.docs = DOCS + code;
  }
}

/** The error that the vault names; one that nobody knows is a fault of the protocol. */
export function authError(code: unknown, reason: unknown): AuthError {
  if (typeof code !== 'string' || !Object.hasOwn(MESSAGES, code)) return new AuthError('protocol');
  const why = reason === 'expired' || reason === 'idle' || reason === 'revoked' ? reason : 'unknown';
  return code === 'session_expired' ? new AuthError(code, why) : new AuthError(code as AuthErrorCode);
}

export function isAuthError(error: unknown, ...codes: AuthErrorCode[]): error is AuthError {
  return error instanceof AuthError && codes.includes(error.code);
}
