/** Why the client did not do what it was asked. Kept equal to the vault's own list by a test. */
export type AuthErrorCode =
  | 'aborted'
  | 'bad_credentials'
  | 'forbidden'
  | 'network'
  | 'not_signed_in'
  | 'origin_not_allowed'
  | 'protocol'
  | 'redirect_blocked'
  | 'session_expired'
  | 'spent'
  | 'start_timeout'
  | 'step_up_required'
  | 'unavailable'
  | 'unsupported'
  | 'wasm_blocked'
  | 'worker_blocked';

const MESSAGES: Record<AuthErrorCode, string> = {
  aborted: 'The request was aborted.',
  bad_credentials: 'The name or the password is wrong.',
  forbidden: 'The server does not let you sign in now.',
  network: 'The server could not be reached.',
  not_signed_in: 'Nobody is signed in.',
  origin_not_allowed: 'The token does not go to this origin: declare it on the server with Config::api_origin.',
  protocol: 'The server answered what no Symbolon server answers.',
  redirect_blocked: 'The answer was a redirect, and redirects are not followed with a token.',
  session_expired: 'The session is over.',
  spent: 'The vault had to start anew: try again.',
  start_timeout: 'The vault did not start in time.',
  step_up_required: 'Prove again who you are to go on.',
  unavailable: 'The server cannot answer now.',
  unsupported: 'The vault does not send such a request.',
  wasm_blocked: 'The vault could not load its WebAssembly module.',
  worker_blocked: 'The browser did not start /auth/vault.js as a worker.',
};

/** The one error that the client throws. `switch` on its `code`; the message is for people. */
export class AuthError extends Error {
  override readonly name = 'AuthError';
  readonly code: AuthErrorCode;

  constructor(code: AuthErrorCode) {
    super(MESSAGES[code]);
    this.code = code;
  }
}

/** The error with this code; one that nobody knows is a fault of the protocol. */
export function authError(code: unknown): AuthError {
  const known = typeof code === 'string' && Object.hasOwn(MESSAGES, code);
  return new AuthError(known ? (code as AuthErrorCode) : 'protocol');
}
