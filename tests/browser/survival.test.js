/** Sessions survive a bad network, a killed worker and the back-forward cache, and the page shows their true state. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { beforeEach, describe, it } from 'node:test';
import { Demo, ENGINES, HOST_PASSWORD as PASSWORD, host, needsTls, fixture, where } from './harness.js';

const settings = { TOKEN_SECONDS: '2', IDLE_SECONDS: '60' };
const serve = (origin, folder) => host(origin, folder, settings);
const sleep = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));

for (const name of ENGINES) {
  describe(`survival in ${name}`, where(name), () => {
    const suite = fixture(name, () => Demo.start({ https: needsTls(name), serve }));
    let demo, page;
    beforeEach(async () => {
      ({ demo, page } = suite);
      await page.goto(`${demo.origin}/fetch/page`);
      await page.waitForFunction(() => window.loaded);
      await signIn();
    });

    const signIn = () => page.evaluate((password) => window.auth.signIn({ name: 'ann', password }).then(() => {}), PASSWORD);
    const me = () => page.evaluate(() => window.auth.fetch('/api/me').then((answer) => answer.text(), (error) => error.code ?? error.name));
    const becomes = (status, reason) =>
      page.waitForFunction((status, reason) => window.auth.state.status === status && (!reason || window.auth.state.reason === reason), { polling: 50 }, status, reason ?? '');
    const states = (since) => page.evaluate((since) => window.states.slice(since).map(({ status, reason }) => reason ?? status), since);
    const count = () => page.evaluate(() => window.states.length);
    const about = (path, since) => demo.exchanges.slice(since).filter(({ url }) => url === path);
    /** Navigates as a link does, so that the page can come back from the back-forward cache. */
    const leaveFor = async (search) => {
      await page.evaluate((search) => void setTimeout(() => (location.search = search)), search);
      await page.waitForFunction((search) => location.search === search && window.loaded, { polling: 50 }, search);
    };
    const goBack = async () => {
      await page.evaluate(() => void setTimeout(() => history.back()));
      await page.waitForFunction(() => location.search === '' && window.loaded, { polling: 50 });
    };
    const refreshEndedIdle = (url, answer) => {
      if (url !== '/auth/refresh') return;
      Object.assign(answer, { status: 401, body: '', headers: { 'www-authenticate': 'Bearer error="invalid_token", problem="sign_in_required", ended="idle"' } });
    };
    const fineAgain = async () => {
      demo.network = () => {};
      await page.evaluate(() => window.dispatchEvent(new Event('online')));
    };

    for (const network of ['lost', 'unanswered', 'twice', 1500]) {
      it(`a refresh that is ${network === 1500 ? 'late' : network} signs nobody out`, { covers: ['E-012'] }, async () => {
        const since = await count();
        await sleep(2_100);
        let times = network === 'twice' ? 1 : Infinity;
        demo.network = (url) => (url === '/auth/refresh' && times-- > 0 ? network : undefined);
        const during = await me();
        assert.equal(during, ['lost', 'unanswered'].includes(network) ? 'offline' : 'ann');
        await fineAgain();
        assert.equal(await me(), 'ann');
        assert.ok((await states(since)).every((status) => status === 'signed_in'), 'the page never heard of it');
      });
    }

    it('a server that does not answer for a while is not flooded with requests', { covers: ['E-012'] }, async () => {
      await sleep(2_100);
      demo.network = () => 'lost';
      const asked = await page.evaluate(async () => {
        const seen = [];
        for (let n = 0; n < 20; n++) seen.push(await window.auth.fetch('/api/me').catch((error) => error.code));
        return seen;
      });
      assert.deepEqual([...new Set(asked)], ['offline']);
      await fineAgain();
      assert.equal(await me(), 'ann');
    });

    it('a request without an answer rejects, and the session stays', async () => {
      demo.network = (url) => (url === '/api/me' ? 'lost' : undefined);
      assert.equal(await me(), 'TypeError');
      demo.network = () => {};
      assert.equal(await me(), 'ann');
    });

    it('a POST that may have been executed is not sent again', { covers: ['I-18'] }, async () => {
      const post = () => page.evaluate(() => window.auth.fetch('/api/me', { method: 'POST' }).then((answer) => answer.status, (error) => error.name));
      assert.equal(await post(), 200);
      // Browsers resend a request by themselves if it was lost on a reused connection.
      demo.closeIdleConnections();
      await sleep(300);
      const before = demo.exchanges.length;
      demo.network = (url) => (url === '/api/me' ? 'unanswered' : undefined);
      assert.equal(await post(), 'TypeError');
      demo.network = () => {};
      assert.equal(about('/api/me', before).length, 1);
    });

    it('a request that was refused although the session lives is sent once more, with its original bytes', { covers: ['I-18'] }, async () => {
      const { length, body } = await page.evaluate(async () => {
        const bytes = new Uint8Array(3_000_000).fill(7);
        const sending = window.auth.fetch('/fetch/doubted', { method: 'POST', body: bytes });
        bytes.fill(8);
        return (await sending).json();
      });
      assert.equal(length, 3_000_000);
      assert.equal(body, createHash('sha256').update(Buffer.alloc(3_000_000, 7)).digest('hex'));
      assert.equal(demo.fetchServer.of('/fetch/doubted').length, 2);
    });

    it('a worker that was killed is noticed and replaced', { covers: ['E-012'] }, async () => {
      const since = await count();
      // A browser that is out of memory ends a worker like this, without an event.
      const taken = await page.evaluate(async () => {
        window.kill = true;
        const start = performance.now();
        const outcome = await window.auth.fetch('/fetch/hang').catch((error) => error.name);
        return [outcome, performance.now() - start];
      });
      assert.equal(taken[0], 'TypeError');
      assert.ok(taken[1] < 20_000, `${taken[1]} ms`);
      assert.equal(await me(), 'ann');
      const seen = await states(since);
      assert.ok(!seen.includes('signed_out') && !seen.includes('unknown'), seen.join());
    });

    it('a sign-out without a network wipes the vault at once, and a reload finishes it', { covers: ['S-22'] }, async () => {
      demo.network = () => 'lost';
      const [code, state, after] = await page.evaluate(async () => {
        const signedOut = window.auth.signOut().then(() => 'done', (error) => error.code);
        const state = window.auth.state.status;
        const code = await signedOut;
        return [code, state, await window.auth.fetch('/api/me').catch((error) => error.code)];
      });
      assert.equal(state, 'signed_out', 'at once');
      assert.equal(code, 'offline', 'the server does not know yet');
      assert.ok(['not_signed_in', 'offline', 'worker_blocked', 'network', 'TypeError'].includes(after), after);
      demo.network = () => {};
      const before = demo.exchanges.length;
      await page.goto(`${demo.origin}/fetch/page`);
      await page.waitForFunction(() => window.loaded);
      await becomes('signed_out', 'signed_out');
      // The page shows it at once, and is ready after the server has confirmed it.
      await page.evaluate(() => window.auth.ready);
      assert.equal(about('/auth/sign-out', before)[0]?.status, 204);
      assert.equal(await me(), 'not_signed_in');
      await page.reload();
      await page.waitForFunction(() => window.loaded);
      await page.evaluate(() => window.auth.ready);
      assert.equal((await page.evaluate(() => window.auth.state)).status, 'signed_out');
    });

    it('a second sign-out without a network reports no success, and the person stays signed out', { covers: ['S-22'] }, async () => {
      demo.network = () => 'lost';
      const codes = await page.evaluate(async () => {
        const signOut = () => window.auth.signOut().then(() => 'done', (error) => error.code);
        return [...(await Promise.all([signOut(), signOut()])), await signOut()];
      });
      for (const code of codes) assert.ok(['offline', 'unavailable', 'worker_blocked', 'network'].includes(code), code);
      demo.network = () => {};
      const before = demo.exchanges.length;
      await page.reload();
      await page.waitForFunction(() => window.loaded);
      await becomes('signed_out', 'signed_out');
      // The page shows it at once, and is ready after the server has confirmed it.
      await page.evaluate(() => window.auth.ready);
      assert.equal(about('/auth/sign-out', before)[0]?.status, 204, 'the server is told');
      assert.equal(await me(), 'not_signed_in');
    });

    it('two sign-outs at once send one request', { covers: ['S-22'] }, async () => {
      const before = demo.exchanges.length;
      const outcomes = await page.evaluate(() =>
        Promise.all([window.auth.signOut(), window.auth.signOut()].map((done) => done.then(() => 'done', ({ code }) => code))),
      );
      assert.deepEqual(outcomes, ['done', 'done']);
      assert.equal(about('/auth/sign-out', before).length, 1);
    });

    it('a refresh under way does not undo a sign-out', { covers: ['S-22'] }, async () => {
      demo.network = (url) => (url === '/auth/refresh' ? 500 : 0);
      const [refreshed, states] = await page.evaluate(async () => {
        const states = [];
        const end = window.auth.on('change', ({ status }) => states.push(status));
        const refreshed = window.auth.refresh().then(() => 'refreshed', (error) => error.code);
        await window.auth.signOut();
        const outcome = await refreshed;
        end();
        return [outcome, states];
      });
      demo.network = () => {};
      assert.notEqual(refreshed, 'refreshed');
      assert.deepEqual(states.filter((status) => status === 'signed_in'), []);
    });

    it('a sign-out without a network is finished when the network is back, without a reload', { covers: ['S-22'] }, async () => {
      demo.network = () => 'lost';
      await page.evaluate(() => window.auth.signOut().catch(() => {}));
      const before = demo.exchanges.length;
      await fineAgain();
      await page.waitForFunction(() => localStorage.getItem('symbolon:sign-out') === null, { polling: 50 });
      assert.equal(about('/auth/sign-out', before)[0]?.status, 204);
    });

    it('a sign-out that goes on failing keeps the page signed out, and is tried again by itself', { covers: ['S-22'] }, async () => {
      demo.network = (url) => (url === '/auth/sign-out' ? 'lost' : undefined);
      await page.evaluate(() => window.auth.signOut().catch(() => {}));
      await page.reload();
      await page.waitForFunction(() => window.loaded);
      await becomes('signed_out', 'signed_out');
      assert.equal(await me(), 'not_signed_in');
      assert.ok(!(await states(0)).includes('signed_in'), 'not for a moment');
      const before = demo.exchanges.length;
      demo.network = () => {};
      await page.waitForFunction(() => localStorage.getItem('symbolon:sign-out') === null, { polling: 50 });
      assert.equal(about('/auth/sign-out', before)[0]?.status, 204);
    });

    it('a page that starts while the server is away finds its session when it is back', async () => {
      demo.network = (url) => (url === '/auth/refresh' ? 'lost' : undefined);
      await page.reload();
      await page.waitForFunction(() => window.loaded);
      await becomes('failed');
      assert.equal((await page.evaluate(() => window.auth.state.error.code)), 'offline');
      assert.equal(await page.evaluate(() => window.auth.ready.then(() => 'ready', (error) => error.code)), 'offline');
      demo.network = () => {};
      await becomes('signed_in');
      assert.equal(await me(), 'ann', 'by itself, within the first waits');
    });

    it('a listener that throws and a disposed client do not disturb other clients', async () => {
      const seen = await page.evaluate(async () => {
        // Another copy of the package has a client of its own.
        const { createAuthClient } = await import('/fetch/symbolon.js?copy');
        const disposed = createAuthClient();
        const states = [];
        disposed.on('change', ({ status }) => states.push(status));
        disposed.dispose();
        const other = createAuthClient();
        const ready = await disposed.ready.catch((error) => error.code);
        const fetched = await disposed.fetch('/api/me').catch((error) => error.code);
        window.addEventListener('error', (event) => event.preventDefault(), { once: true });
        other.on('change', () => {
          throw new Error('a fault of the application');
        });
        await other.ready;
        const name = await (await other.fetch('/api/me')).text();
        other.dispose();
        return [ready, fetched, states, name];
      });
      assert.deepEqual(seen, ['aborted', 'aborted', [], 'ann']);
    });

    it('an abort takes effect while the vault starts', async () => {
      demo.network = (url) => (url === '/auth/vault.js' ? 3_000 : undefined);
      const [reason, took] = await page.evaluate(async () => {
        const { createAuthClient } = await import('/fetch/symbolon.js?copy');
        const late = createAuthClient();
        const start = performance.now();
        const reason = await late.fetch('/api/me', { signal: AbortSignal.timeout(100) }).catch((error) => error.name);
        late.dispose();
        return [reason, performance.now() - start];
      });
      demo.network = () => {};
      assert.equal(reason, 'TimeoutError');
      assert.ok(took < 2_000);
    });

    it('an abort takes effect in the moment in which the vault is ready', async () => {
      const before = demo.exchanges.length;
      const reason = await page.evaluate(async () => {
        const { createAuthClient } = await import('/fetch/symbolon.js?copy');
        const late = createAuthClient();
        const controller = new AbortController();
        const answered = late.fetch('/api/me', { signal: controller.signal }).catch((error) => error.name);
        await new Promise((next) => setTimeout(next));
        await late.ready.then(() => controller.abort());
        const reason = await answered;
        late.dispose();
        return reason;
      });
      assert.equal(reason, 'AbortError');
      assert.deepEqual(about('/api/me', before), []);
    });

    it('a request that waited for an ended session fails with not_signed_in', async () => {
      demo.tamper = refreshEndedIdle;
      const code = await page.evaluate(async () => {
        const { createAuthClient } = await import('/fetch/symbolon.js?copy');
        const late = createAuthClient();
        const code = await late.fetch('/api/me').catch((error) => error.code);
        late.dispose();
        return code;
      });
      demo.tamper = () => {};
      assert.equal(code, 'not_signed_in');
    });

    it('a session that was idle for too long ends with that reason', { covers: ['S-07'] }, async () => {
      demo.tamper = refreshEndedIdle;
      await sleep(2_100);
      const [code, reason, docs] = await page.evaluate(() => window.auth.fetch('/api/me').catch((error) => [error.code, error.reason, error.docs]));
      demo.tamper = () => {};
      assert.deepEqual([code, reason], ['session_expired', 'idle']);
      assert.match(docs, /docs\/client\.md#session_expired$/);
      await becomes('signed_out', 'idle');
    });

    it('a page from the back-forward cache does not show a person who has since signed out', { covers: ['I-14', 'C-033'] }, async (test) => {
      await page.evaluate(() => {
        window.kept = true;
        addEventListener('pageshow', ({ persisted }) => (window.shown = [persisted, window.auth.state.status]));
      });
      await leaveFor('?other');
      await page.evaluate(() => window.auth.ready.then(() => window.auth.signOut()));
      await goBack();
      const [kept, shown] = await page.evaluate(() => [window.kept === true, window.shown]);
      if (!kept) test.diagnostic('the browser did not keep the page');
      else assert.deepEqual(shown, [true, 'starting'], 'it shows nothing before the server was asked');
      await becomes('signed_out');
      assert.equal(await me(), 'not_signed_in');
    });

    it('a page from the back-forward cache goes on, if the session does', async (test) => {
      await page.evaluate(() => (window.kept = true));
      await leaveFor('?another');
      await goBack();
      if (!(await page.evaluate(() => window.kept === true))) test.diagnostic('the browser did not keep the page');
      await becomes('signed_in');
      assert.equal(await me(), 'ann');
    });
  });
}
