/** Symbolon for axios 1.12 and later. */
import axios, { type AxiosAdapter } from 'axios';
import type { AuthClient } from './index.ts';

/**
 * Returns an axios adapter that sends with `auth.fetch`. It is axios's own adapter for `fetch`, so aborts, timeouts,
 * `responseType` and interceptors work as usual.
 *
 * What the client refuses is an `AxiosError` with the code of the `AuthError`, which is its `cause`. The client refuses
 * `withCredentials: false` as `unsupported`, because requests would go out without the cookie half.
 *
 * @example
 * ```ts
 * import axios from 'axios';
 * import { createAuthClient } from 'symbolon';
 * import { axiosAdapter } from 'symbolon/axios';
 *
 * const api = axios.create({ baseURL: '/api', adapter: axiosAdapter(createAuthClient()) });
 * const { data } = await api.get('/me');
 * ```
 */
export function axiosAdapter({ fetch }: Pick<AuthClient, 'fetch'>): AxiosAdapter {
  return axios.getAdapter('fetch', { env: { fetch } });
}
