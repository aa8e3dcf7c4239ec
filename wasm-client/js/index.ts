/**
 * Browser sessions in two halves: `fetch` with a token that the page never holds.
 *
 * @example
 * ```ts
 * import { createAuthClient } from 'symbolon';
 *
 * const auth = createAuthClient();
 * await auth.ready;
 * await auth.signIn({ email, password });
 * const response = await auth.fetch('/api/me');
 * ```
 *
 * There is no `getToken()`. Its absence is the product.
 */
export type { AuthClient, AuthClientOptions, AuthEvents, SignOutOptions } from './auth-client.ts';
export type { ClaimsSchema } from './claims.ts';
export { createAuthClient } from './create.ts';
export { AuthError, type AuthErrorCode, type AuthErrorOf, type EndReason, isAuthError } from './error.ts';
export type { AuthState, Session } from './state.ts';
