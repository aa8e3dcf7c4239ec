/**
 * Browser sessions in two halves: `fetch` with a token that the page never holds.
 *
 * ```ts
 * const auth = createAuthClient();
 * await auth.ready;
 * await auth.signIn({ email, password });
 * const response = await auth.fetch('/api/me');
 * ```
 *
 * There is no `getToken()`. Its absence is the product.
 */
export { createAuthClient, type AuthClient, type AuthClientOptions, type SignOutOptions } from './client.ts';
export { AuthError, type AuthErrorCode, type EndReason } from './error.ts';
export type { AuthState, Session } from './state.ts';
