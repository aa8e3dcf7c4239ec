/** The vault without isolation from page script: it starts only if server and page both ask for it. */
import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { Demo, ENGINES, HOST_PASSWORD, host, needsTls, fixture, where } from './harness.js';

const WAYS = ['inline', 'a worker of your own'];

/** Starts the client that way, and returns its status. Runs in the page. */
function begin(way) {
  const worker = () => new Worker('/fetch/worker.js', { type: 'module' });
  window.auth = window.symbolon.createAuthClient(way === 'inline' ? { isolation: way } : { worker });
  return window.auth.ready.then(
    () => window.auth.state.status,
    ({ code }) => `${window.auth.state.status}: ${code}`,
  );
}

const TOKEN = /^Bearer eyJ[\w-]+\.[\w-]+\.[\w-]+$/;

for (const name of ENGINES) {
  const start = (more) => () =>
    Demo.start({ https: needsTls(name), serve: (origin, folder) => host(origin, folder, more) });

  describe(`a weaker vault in ${name}`, where(name), () => {
    const suite = fixture(name, start({ READABLE: 'yes' }));
    let demo, page;
    beforeEach(() => void ({ demo, page } = suite));

    const open = async (way) => {
      await page.goto(`${demo.origin}/fetch/page?without-client`);
      await page.waitForFunction(() => window.loaded);
      return page.evaluate(begin, way);
    };
    const status = () => page.evaluate(() => window.auth.state.status);
    const signIn = () =>
      page.evaluate((password) => window.auth.signIn({ name: 'ann', password }).then(({ subject }) => subject), HOST_PASSWORD);
    const me = () =>
      page.evaluate(() => window.auth.fetch('/api/me').then((response) => response.status, (error) => error.code));

    for (const way of WAYS) {
      it(`${way}: a person signs in, reloads and signs out`, async () => {
        assert.equal(await open(way), 'signed_out');
        assert.equal(await me(), 'not_signed_in');
        assert.equal(await signIn(), 'ann');
        assert.equal(await me(), 200);
        assert.equal(await open(way), 'signed_in', 'restored');
        assert.equal(await me(), 200);
        await page.evaluate(() => window.auth.signOut());
        assert.equal(await status(), 'signed_out');
        assert.equal(await me(), 'not_signed_in');
        assert.equal(await signIn(), 'ann', 'another vault begins another session');
        assert.equal(await me(), 200);
        await page.evaluate(() => window.auth.signOut());
      });

      it(`${way}: page script cannot leave the API's origins or reach our own endpoints with the token`, async () => {
        await open(way);
        await signIn();
        const codes = await page.evaluate(() =>
          Promise.all(['https://evil.example/', '/auth/sessions'].map((url) => window.auth.fetch(url).catch(({ code }) => code))),
        );
        assert.deepEqual(codes, ['origin_not_allowed', 'unsupported']);
        await page.evaluate(() => window.auth.signOut());
      });
    }

    it('inline: the vault works beside a library that replaces Promise', { covers: ['I-04'] }, async () => {
      await page.goto(`${demo.origin}/fetch/page?without-client`);
      await page.waitForFunction(() => window.loaded);
      await page.evaluate(() => (window.Promise = class extends Promise {}));
      await page.evaluate(begin, 'inline');
      await signIn();
      assert.equal(await me(), 200);
      await page.evaluate(() => window.auth.signOut());
    });

    it('inline: script that ran first reads the token, as documented', { covers: ['I-04'] }, async () => {
      await page.goto(`${demo.origin}/fetch/page?without-client`);
      await page.waitForFunction(() => window.loaded);
      await page.evaluate(() => {
        window.stolen = [];
        const { fetch } = window;
        window.fetch = (url, init) => {
          const authorization = init && new Headers(init.headers).get('authorization');
          if (authorization) window.stolen.push(authorization);
          return fetch(url, init);
        };
        window.warnings = [];
        console.warn = (...words) => window.warnings.push(words.join(' '));
      });
      await page.evaluate(begin, 'inline');
      await signIn();
      assert.equal(await me(), 200);
      const [stolen, warnings] = await page.evaluate(() => [window.stolen, window.warnings]);
      assert.ok(stolen.length > 0 && stolen.every((authorization) => TOKEN.test(authorization)));
      assert.match(warnings.join(), /isolation is "inline".*can read the token/);
      const alone = await demo.elsewhere('/api/me', { authorization: stolen[0] });
      assert.equal(alone.status, 401, 'without the other half it opens nothing');
      await page.evaluate(() => window.auth.signOut());
    });
  });

  describe(`a weaker vault, where the server was not told, in ${name}`, where(name), () => {
    const suite = fixture(name, start({}));

    it('the client fails with isolation_required', { covers: ['I-04', 'I-16'] }, async () => {
      const { demo, page } = suite;
      for (const way of WAYS) {
        await page.goto(`${demo.origin}/fetch/page?without-client`);
        await page.waitForFunction(() => window.loaded);
        assert.equal(await page.evaluate(begin, way), 'failed: isolation_required', way);
      }
    });

    it('no script can read the bootstrap', { covers: ['I-04'] }, async () => {
      const { demo, page } = suite;
      await page.goto(`${demo.origin}/fetch/page?without-client`);
      const [status, text] = await page.evaluate(() =>
        fetch('/auth/vault.json').then(async (response) => [response.status, await response.text()]),
      );
      assert.equal(status, 403);
      assert.doesNotMatch(text, /secret/);
    });
  });
}
