/**
 * Symbolon for axios, from its version 1.12 on.
 *
 * ```ts
 * const api = axios.create({ baseURL: '/api', adapter: axiosAdapter(auth) });
 * const { data } = await api.get('/me');
 * ```
 */
import axios, { type AxiosAdapter } from 'axios';
import type { AuthClient } from './index.ts';

/**
 * Sends what axios sends with `auth.fetch`: its own adapter for `fetch`, given another one. What the client refuses is
 * an `AxiosError` with the code of the `AuthError`, which is its `cause`.
 *
 * `withCredentials: false` is refused as `unsupported`, for it would leave the cookie half at home.
 */
export function axiosAdapter({ fetch }: Pick<AuthClient, 'fetch'>): AxiosAdapter {
  return axios.getAdapter('fetch', { env: { fetch } });
}
