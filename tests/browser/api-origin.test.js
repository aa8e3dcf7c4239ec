/** An API at another origin: the server declares it, and the browser sends both halves to it. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { Demo, ENGINES, HOST_PASSWORD as PASSWORD, host, needsTls, fixture, where } from './harness.js';

for (const name of ENGINES) {
  describe(`an API at another origin in ${name}`, where(name), () => {
    let api;
    const SYMBOLON_KEYS = randomBytes(32).toString('base64url');
    const serve = async (origin, folder) => {
      // The API has the sessions and keys of the main server. Its callers are pages of the main server.
      api = await Demo.start({ https: needsTls(name), serve: () => host(origin, folder, { SYMBOLON_KEYS, CALLER: origin }) });
      return host(origin, folder, { SYMBOLON_KEYS, API: api.origin });
    };
    const suite = fixture(name, () => Demo.start({ https: needsTls(name), serve }));
    afterEach(() => api?.stop());

    let demo, page;
    const about = (url, method) => api.exchanges.filter((exchange) => exchange.url === url && exchange.method === method);
    const outcome = (url, init) =>
      page.evaluate((url, init) => window.auth.fetch(url, init).then(async (answer) => [answer.status, await answer.text()], (error) => error.code ?? error.name), url, init);
    beforeEach(async () => {
      ({ demo, page } = suite);
      await page.goto(`${demo.origin}/fetch/page`);
      await page.waitForFunction(() => window.loaded);
      await page.evaluate((password) => window.auth.signIn({ name: 'ann', password }).then(() => {}), PASSWORD);
    });

    it('a declared API origin gets both halves, and no other origin does', { covers: ['X-09'] }, async () => {
      assert.deepEqual(await outcome(`${api.origin}/api/me`), [200, 'ann']);
      const [{ headers }] = about('/api/me', 'GET');
      assert.match(headers.authorization, /^Bearer /);
      assert.match(headers.cookie, /__Host-(Http-)?symbolon=/);
      assert.equal(await outcome(`${new URL(api.origin).protocol}//localhost:9/api/me`), 'origin_not_allowed');
    });

    it('the browser does not send a preflight before each request', async () => {
      for (let n = 0; n < 4; n++) await outcome(`${api.origin}/api/echo`);
      assert.equal(about('/api/echo', 'GET').length, 4);
      assert.ok(about('/api/echo', 'OPTIONS').length < 4);
    });

    it('the client refreshes an expired token when the API says so', { covers: ['H-12'] }, async () => {
      // After this request the browser sends no preflight, which the tampering below would hit.
      assert.deepEqual(await outcome(`${api.origin}/api/me`), [200, 'ann']);
      const before = about('/api/me', 'GET').length;
      api.tamper = (url, answer) => {
        if (url !== '/api/me' || answer.status !== 200) return;
        api.tamper = () => {};
        answer.status = 401;
        answer.headers['www-authenticate'] = 'Bearer error="invalid_token", problem="token_expired"';
      };
      assert.deepEqual(await outcome(`${api.origin}/api/me`), [200, 'ann']);
      assert.equal(about('/api/me', 'GET').length - before, 2);
    });
  });
}
