/** One sentence or two per error code: what happened, and what to do. */

/** The texts of `AuthError.message`. They are for developers; what a visitor reads is the application's to write. */
export const ERROR_MESSAGES = {
  aborted: 'The call was ended by dispose(), a sign-in or a sign-out. Call again if you still need it.',
  account_changed: 'Somebody else is signed in to this browser now. Reload the page.',
  bad_claims: 'The claims do not match the schema of createAuthClient(). See error.cause.',
  bad_credentials: 'The sign-in handler rejected the credentials. Ask for them again.',
  forbidden: "The server refused the request. Check the page's origin, the session limit and the sign-in handler.",
  insecure_context: 'The page was not loaded over https. Use https, or http://localhost.',
  isolation_required: 'The server does not let page script run the vault. Set let_page_script_read_tokens().',
  network: 'The request got no answer. Try again.',
  not_signed_in: 'Nobody is signed in. Call signIn() first.',
  offline: 'The server could not be reached. Check the network; the client tries again.',
  origin_not_allowed: 'The server did not declare this origin. Add it with allow_api_origin().',
  protocol: 'The answer did not come from Symbolon. Check what answers at /auth, and what the sign-in handler reads.',
  redirect_blocked: 'The server redirected the request. Request the final URL.',
  session_expired: 'The session is over, see error.reason. Call signIn().',
  spent: "The vault's one-use secret was used up. Try again.",
  start_timeout: 'The worker did not start in time. Run doctor() of symbolon/doctor.',
  step_up_required: 'The server asks for a recent or stronger sign-in. Call signIn() again.',
  timeout: 'The server did not answer in time. Try again later.',
  unavailable: 'The server or the vault is too busy. Try again later.',
  unsupported: 'The client does not send such a request, and on a server it sends none. Check its URL, headers and options.',
  version_mismatch: 'The npm package and the server have different versions. Reload the page, or release both.',
  wasm_blocked: 'The WebAssembly module did not load. Run doctor() of symbolon/doctor.',
  worker_blocked: 'The browser did not start /auth/vault.js. Run doctor() of symbolon/doctor.',
};
