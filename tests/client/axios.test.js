/** Tests axios over `auth.fetch`: requests, responses and errors are as its users know them. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import axios from 'axios';
import { isAuthError } from 'symbolon';
import { axiosAdapter } from '../../wasm-client/dist/axios.js';
import { createTestClient } from '../../wasm-client/dist/testing.js';

const sent = [];
async function fetch(input, init) {
  const request = new Request(input, init);
  sent.push({
    method: request.method,
    url: request.url,
    headers: request.headers,
    body: await request.clone().text(),
    credentials: request.credentials,
  });
  const { pathname } = new URL(request.url);
  if (pathname === '/api/hang') return new Promise((_, reject) => input.signal.addEventListener('abort', () => reject(input.signal.reason)));
  if (pathname === '/api/broken') throw new TypeError('Failed to fetch', { cause: new Error('network') });
  if (pathname === '/api/missing') return Response.json({ code: 'nowhere' }, { status: 404 });
  return Response.json({ name: 'ann' });
}
const auth = createTestClient({ fetch, session: { subject: 'ann' } });
const api = axios.create({ baseURL: 'http://app.test/api', adapter: axiosAdapter(auth) });

describe('the axios adapter', () => {
  it('sends with auth.fetch, and knows the base, parameters, and JSON', async () => {
    const { data, status } = await api.post('/notes', { text: 'harbour' }, { params: { draft: 1 } });
    assert.deepEqual([status, data], [200, { name: 'ann' }]);
    const { method, url, body, headers, credentials } = sent.at(-1);
    assert.deepEqual([method, url, body], ['POST', 'http://app.test/api/notes?draft=1', '{"text":"harbour"}']);
    assert.equal(headers.get('content-type'), 'application/json');
    assert.equal(headers.get('authorization'), null);
    assert.equal(credentials, 'same-origin', 'the cookie half goes along');
  });

  it('returns text, bytes and blobs', async () => {
    assert.equal((await api.get('/me', { responseType: 'text', transformResponse: [] })).data, '{"name":"ann"}');
    assert.equal(new TextDecoder().decode((await api.get('/me', { responseType: 'arraybuffer' })).data), '{"name":"ann"}');
    assert.equal(await (await api.get('/me', { responseType: 'blob' })).data.text(), '{"name":"ann"}');
  });

  it('a failure status is an AxiosError with the response', async () => {
    await assert.rejects(
      api.get('/missing'),
      (error) => axios.isAxiosError(error) && error.response?.status === 404 && error.response.data.code === 'nowhere',
    );
  });

  it('a request without an answer is a network error of axios', async () => {
    await assert.rejects(api.get('/broken'), (error) => axios.isAxiosError(error) && error.code === 'ERR_NETWORK');
  });

  it('an abort is reported as a cancellation, and a timeout as a timeout', async () => {
    const controller = new AbortController();
    const aborted = api.get('/hang', { signal: controller.signal });
    setTimeout(() => controller.abort(), 10);
    await assert.rejects(aborted, (error) => axios.isCancel(error) && error.code === 'ERR_CANCELED');
    /** @param {any} error */
    const isTimeout = (error) => error.code === 'ECONNABORTED' || error.code === 'ETIMEDOUT';
    await assert.rejects(api.get('/hang', { timeout: 20 }), isTimeout);
  });

  it('a request that the client refuses is an AxiosError, and nothing is sent', async () => {
    const count = sent.length;
    auth.endSession('idle');
    await assert.rejects(
      api.get('/me'),
      (error) => axios.isAxiosError(error) && error.code === 'not_signed_in' && isAuthError(error.cause, 'not_signed_in'),
    );
    assert.equal(sent.length, count);
    auth.signInAs({ subject: 'ann' });
  });
});
