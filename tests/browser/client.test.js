/** The client's view of a session, and its events, in real browsers with a real vault. */
import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { Demo, ENGINES, HOST_PASSWORD as PASSWORD, host, needsTls, fixture, where } from './harness.js';

for (const name of ENGINES) {
  describe(`the client in ${name}`, where(name), () => {
    const suite = fixture(name, () => Demo.start({ https: needsTls(name), serve: host }));
    let demo, page;
    beforeEach(() => void ({ demo, page } = suite));

    const open = async (search = '') => {
      await page.goto(`${demo.origin}/fetch/page?${search}`);
      await page.waitForFunction(() => window.loaded);
    };
    /** Opens a page that records the client's events in `heard`. */
    const openAndListen = async () => {
      await open();
      await page.evaluate(() => window.auth.ready);
      await page.evaluate(() => {
        window.heard = [];
        const { on, onAuthStateChange } = window.auth;
        on('signed_in', ({ subject }) => window.heard.push(`+${subject}`));
        on('signed_out', (reason) => window.heard.push(`-${reason}`));
        onAuthStateChange(({ status }) => window.heard.push(status));
      });
    };
    const heard = () => page.evaluate(() => window.heard.splice(0));
    const signIn = () => page.evaluate((password) => window.auth.signIn({ name: 'ann', password }).then(({ subject }) => subject), PASSWORD);
    const ended = (reason) => (url, answer) => {
      if (url !== '/auth/refresh') return;
      Object.assign(answer, { status: 401, body: '', headers: { 'www-authenticate': `Bearer error="invalid_token", problem="sign_in_required", ended="${reason}"` } });
    };
    const count = (path, since) => demo.exchanges.slice(since).filter(({ url }) => url === path).length;

    it('a page has one client until that client is disposed of', async () => {
      await open();
      await page.evaluate(() => window.auth.ready);
      const before = demo.exchanges.length;
      const seen = await page.evaluate(async () => {
        const { createAuthClient } = window.symbolon;
        const again = [createAuthClient() === window.auth, createAuthClient({ claims: {} }) === window.auth];
        await new Promise((done) => setTimeout(done, 200));
        return again;
      });
      assert.deepEqual(seen, [true, true]);
      assert.equal(count('/auth/vault.js', before), 0, 'and no second vault was started');
      const next = await page.evaluate(async () => {
        window.auth.dispose();
        const next = window.symbolon.createAuthClient();
        await next.ready;
        const isAnother = next !== window.auth;
        window.auth = next;
        return [isAnother, next.state.status, window.symbolon.createAuthClient() === next];
      });
      assert.deepEqual(next, [true, 'signed_out', true]);
      assert.equal(count('/auth/vault.js', before), 1);
    });

    it('no other script finds the client, or replaces it', async () => {
      await open('without-client');
      const added = await page.evaluate(() => {
        // The page sets this variable with every message to a worker.
        window.kill = false;
        const known = new Set(Reflect.ownKeys(window));
        window.auth = window.symbolon.createAuthClient();
        return Reflect.ownKeys(window).filter((key) => !known.has(key)).map(String);
      });
      assert.deepEqual(added, ['auth'], 'the control is what the page itself added');
    });

    it("the client's functions work unbound, and it reports sign-ins and sign-outs", async () => {
      await openAndListen();
      assert.deepEqual(await heard(), ['signed_out'], 'what is known at once, which is no end');
      assert.equal(await signIn(), 'ann');
      assert.deepEqual(await heard(), ['+ann', 'signed_in']);
      const [name, subject] = await page.evaluate(async () => {
        const { fetch, getSession } = window.auth;
        return [await (await fetch('/api/me')).text(), getSession().subject];
      });
      assert.deepEqual([name, subject], ['ann', 'ann']);
      await page.evaluate(() => window.auth.signOut());
      assert.deepEqual(await heard(), ['-signed_out', 'signed_out']);
      assert.equal(await page.evaluate(() => window.auth.getSession() === undefined), true);
    });

    it('a sign-in right after a sign-out succeeds', async () => {
      await open();
      await signIn();
      demo.network = (url) => (url === '/auth/sign-out' ? 500 : undefined);
      const before = demo.exchanges.length;
      const outcome = await page.evaluate(async (password) => {
        const { postMessage } = Worker.prototype;
        let asked = 0;
        Worker.prototype.postMessage = function (message, ...rest) {
          if (message[0] === 'sign_in') asked++;
          return postMessage.call(this, message, ...rest);
        };
        const signedOut = window.auth.signOut().then(() => asked, ({ code }) => code);
        const signedIn = window.auth.signIn({ name: 'ben', password }).then(({ subject }) => subject, ({ code }) => code);
        const outcome = [await signedOut, await signedIn, await (await window.auth.fetch('/api/me')).text()];
        Worker.prototype.postMessage = postMessage;
        return outcome;
      }, PASSWORD);
      demo.network = () => {};
      assert.deepEqual(outcome, [0, 'ben', 'ben'], 'no vault was asked before the server had answered');
      const order = demo.exchanges.slice(before).map(({ url }) => url).filter((url) => /sign/.test(url));
      assert.deepEqual(order, ['/auth/sign-out', '/auth/sign-in'], 'one after the other: the first answer takes cookies away');
    });

    it('refresh asks the server, and returns the new session', async () => {
      await openAndListen();
      assert.deepEqual(await heard(), ['signed_out']);
      await signIn();
      const before = demo.exchanges.length;
      const [id, again, isNew, states] = await page.evaluate(async () => {
        const known = window.auth.getSession();
        const since = window.states.length;
        const session = await window.auth.refresh();
        return [known.id, session.id, session !== known && session === window.auth.getSession(), window.states.slice(since).map(({ status }) => status)];
      });
      assert.deepEqual([again, isNew, states], [id, true, ['signed_in']]);
      assert.deepEqual(await heard(), ['+ann', 'signed_in', 'signed_in'], 'that it goes on is no beginning');
      assert.equal(count('/auth/refresh', before), 1);
    });

    const refresh = () => page.evaluate(() => window.auth.refresh().then(() => 'lives', ({ code, reason }) => [code, reason]));
    const state = () => page.evaluate(() => [window.auth.state.status, window.auth.state.reason]);

    it('refresh changes nothing if the server does not answer', async () => {
      await open();
      await signIn();
      demo.network = (url) => (url === '/auth/refresh' ? 'lost' : undefined);
      assert.deepEqual((await refresh())[0], 'offline');
      assert.deepEqual((await state())[0], 'signed_in');
      demo.network = () => {};
      await page.evaluate(() => window.dispatchEvent(new Event('online')));
      assert.equal(await refresh(), 'lives');
    });

    it('refresh reports that a session has ended, and why', async () => {
      await open();
      await signIn();
      demo.tamper = ended('revoked');
      assert.deepEqual(await refresh(), ['session_expired', 'revoked']);
      assert.deepEqual(await state(), ['signed_out', 'revoked']);
      demo.tamper = () => {};
      assert.deepEqual((await refresh())[0], 'not_signed_in');
    });

    it("now() follows the server's clock, whatever the browser's clock says", async () => {
      await open();
      await page.evaluate(() => window.auth.ready);
      await page.evaluate(() => {
        const { now } = Date;
        Date.now = () => now() - 3_600_000;
      });
      assert.ok(Math.abs((await page.evaluate(() => window.auth.now())) - Date.now()) > 3_500_000, 'the control: nobody has told it');
      await signIn();
      assert.ok(Math.abs((await page.evaluate(() => window.auth.now())) - Date.now()) < 3_000);
      await page.evaluate(() => window.auth.signOut());
    });

    /** Starts a client whose schema for claims is `validate`. */
    const withSchema = (validate) =>
      page.evaluate((validate) => {
        const { createAuthClient } = window.symbolon;
        window.auth = createAuthClient({ claims: { '~standard': { version: 1, vendor: 'test', validate: eval(validate) } } });
        return window.auth.ready.then(() => 'ready', ({ code, cause }) => [code, cause?.issues?.[0].message]);
      }, String(validate));

    it("claims are the output of the page's schema", async () => {
      await open('without-client');
      assert.equal(await withSchema((value) => ({ value: { role: 'editor', said: value } })), 'ready');
      await signIn();
      assert.equal(await page.evaluate(() => window.auth.getSession().claims.role), 'editor');
    });

    it('a session whose claims fail the schema is not shown', async () => {
      await open();
      await signIn();
      await open('without-client');
      assert.deepEqual(await withSchema(() => ({ value: 'not this', issues: [{ message: 'no role' }] })), ['bad_claims', 'no role']);
      const seen = await page.evaluate(async () => [window.auth.state.status, window.auth.state.error.code, await window.auth.fetch('/api/me').catch(({ code }) => code)]);
      assert.deepEqual(seen, ['failed', 'bad_claims', 'bad_claims']);
      await page.evaluate(() => window.auth.signOut());
    });

    for (const [what, validate] of [['answers later', async () => ({ value: {} })], ['throws', () => null.role], ['refuses', () => ({ issues: [] })]]) {
      it(`a sign-in is undone if the schema ${what}`, async () => {
        await open('without-client');
        assert.equal(await withSchema(validate), 'ready');
        const before = demo.exchanges.length;
        const seen = await page.evaluate(async (password) => {
          const code = await window.auth.signIn({ name: 'ann', password }).catch(({ code }) => code);
          return [code, window.auth.state.status];
        }, PASSWORD);
        assert.deepEqual(seen, ['bad_claims', 'signed_out']);
        assert.deepEqual([count('/auth/sign-in', before), count('/auth/sign-out', before)], [1, 1]);
        await page.reload();
        await page.waitForFunction(() => window.loaded);
        assert.equal(await withSchema((value) => ({ value })), 'ready');
        assert.equal((await state())[0], 'signed_out', 'the server knows of no session');
      });
    }
  });
}
