/** Many tabs of one browser, and the messages between them. */
import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { Demo, ENGINES, HOST_PASSWORD as PASSWORD, host, needsTls, fixture, where } from './harness.js';

/** The lifetime of tokens, in seconds. */
const TOKEN_SECONDS = '6';
const serve = (origin, folder) => host(origin, folder, { TOKEN_SECONDS });

for (const name of ENGINES) {
  describe(`tabs in ${name}`, where(name), () => {
    const suite = fixture(name, () => Demo.start({ https: needsTls(name), serve }));
    let context, demo;
    beforeEach(() => void ({ context, demo } = suite));

    const open = async () => {
      const tab = await context.newPage();
      await tab.goto(`${demo.origin}/fetch/page`);
      await tab.waitForFunction(() => window.loaded);
      await tab.evaluate(() => window.auth.ready);
      return tab;
    };
    const signIn = (tab, name = 'ann') =>
      tab.evaluate((name, password) => window.auth.signIn({ name, password }).then(() => {}), name, PASSWORD);
    const signOut = (tab) => tab.evaluate(() => window.auth.signOut());
    const me = (tab) => tab.evaluate(() => window.auth.fetch('/api/me').then((answer) => answer.text(), (error) => error.code));
    const becomes = (tab, status, reason) =>
      tab.waitForFunction((status, reason) => window.auth.state.status === status && (!reason || window.auth.state.reason === reason), { polling: 100 }, status, reason ?? '');
    const refreshes = (since) => demo.exchanges.slice(since).filter(({ url }) => url === '/auth/refresh');
    const expired = () => new Promise((done) => setTimeout(done, 6_500));

    it('twenty tabs whose tokens expire together each refresh once, one after another', { covers: ['E-012', 'I-15'] }, async () => {
      const tabs = [];
      for (let n = 0; n < 20; n++) tabs.push(await open());
      await signIn(tabs[0]);
      for (const tab of tabs) await becomes(tab, 'signed_in');
      await expired();
      const before = demo.exchanges.length;
      const busy = tabs.slice(0, 15);
      // Each tab sends several requests at once.
      const names = await Promise.all(busy.map((tab) => tab.evaluate(() => Promise.all([1, 2, 3].map(() => window.auth.fetch('/api/me').then((answer) => answer.status))))));
      assert.deepEqual(names, busy.map(() => [200, 200, 200]));
      const asked = refreshes(before);
      assert.equal(asked.length, 15, 'the five that nobody asked stay quiet');
      for (const { status } of asked) assert.equal(status, 200);
      const overlaps = asked.filter(({ from }, n) => n > 0 && from < asked[n - 1].to);
      assert.deepEqual(overlaps, [], 'one after another');
      assert.ok(!/RefreshReused|refresh_reused|session_refresh_reused/.test(demo.log), 'none is taken for a theft');
      assert.equal(new Set(demo.tokens.slice(-15)).size, 15, 'and no two share a token');
    });

    it('a sign-out in one tab reaches all of them', { covers: ['S-22'] }, async () => {
      const [one, other, third] = [await open(), await open(), await open()];
      await signIn(one);
      for (const tab of [other, third]) await becomes(tab, 'signed_in');
      await signOut(one);
      for (const tab of [other, third]) {
        await becomes(tab, 'signed_out', 'signed_out');
        assert.equal(await me(tab), 'not_signed_in');
      }
    });

    it('a sign-in in one tab reaches the tabs that were signed out', async () => {
      const [one, other] = [await open(), await open()];
      await signIn(one);
      await becomes(other, 'signed_in');
      assert.equal(await me(other), 'ann');
    });

    /** Holds back the next answer to a refresh, changed by `alter`, until `letGo` is called. */
    const holdRefresh = (alter = () => {}) => {
      const held = {};
      const free = new Promise((letGo) => (held.letGo = letGo));
      held.isThere = new Promise((there) => {
        demo.tamper = async (url, answer) => {
          if (url !== '/auth/refresh') return;
          demo.tamper = () => {};
          alter(answer);
          there();
          await free;
        };
      });
      return held;
    };

    /** Starts two calls in a tab that need a session. */
    const ask = (tab) =>
      tab.evaluate(() => {
        const { auth } = window;
        const asked = [auth.fetch('/api/me').then((answer) => answer.text()), auth.refresh().then(({ subject }) => subject)];
        window.asked = Promise.all(asked.map((answer) => answer.catch((error) => error.code)));
      });
    const answers = (tab) => tab.evaluate(() => window.asked);

    /** Returns a function that waits for the next message between tabs to reach this one. */
    const listen = async (tab) => {
      await tab.evaluate(() => {
        const told = new Promise((told) => (new BroadcastChannel('symbolon').onmessage = told));
        window.told = told.then(() => new Promise((next) => setTimeout(next, 200)));
      });
      return () => tab.evaluate(() => window.told);
    };

    it('a sign-out in one tab reaches a tab that is just restoring the session', { covers: ['S-22'] }, async () => {
      const [one, other] = [await open(), await open()];
      const refresh = holdRefresh();
      await signIn(one);
      await refresh.isThere;
      const told = await listen(other);
      await signOut(one);
      await told();
      refresh.letGo();
      // The answer has set the session's cookies, so the next refresh names that session.
      await becomes(other, 'signed_out', 'revoked');
      assert.equal(await me(other), 'not_signed_in');
    });

    it('a sign-in in one tab reaches a tab whose refresh was just refused', async () => {
      const one = await open();
      await signIn(one);
      const refresh = holdRefresh((answer) =>
        Object.assign(answer, { status: 401, body: '', headers: { 'www-authenticate': 'Bearer error="invalid_token", problem="sign_in_required"' } }),
      );
      const other = await context.newPage();
      await other.goto(`${demo.origin}/fetch/page`);
      await refresh.isThere;
      const told = await listen(other);
      await ask(other);
      await signIn(one);
      await told();
      refresh.letGo();
      assert.deepEqual(await answers(other), ['ann', 'ann']);
      await becomes(other, 'signed_in');
    });

    it('requests that wait for a session do not fail because of messages to the tabs', { covers: ['C-019'] }, async () => {
      const one = await open();
      await signIn(one);
      for (const event of ['signed_in', 'signed_out']) {
        const refresh = holdRefresh();
        const other = await context.newPage();
        await other.goto(`${demo.origin}/fetch/page`);
        await refresh.isThere;
        const told = await listen(other);
        await ask(other);
        await one.evaluate((lie) => new BroadcastChannel('symbolon').postMessage(lie), event);
        await told();
        refresh.letGo();
        assert.deepEqual(await answers(other), ['ann', 'ann']);
        await becomes(one, 'signed_in');
        await other.close();
      }
    });

    it("another account's sign-in in another tab is noticed, and never adopted", async () => {
      const one = await open();
      await signIn(one);
      const other = await open();
      await becomes(other, 'signed_in');
      await signIn(other, 'ben');
      await becomes(one, 'signed_out', 'account_changed');
      assert.equal(await me(one), 'not_signed_in');
      assert.equal(await me(other), 'ben');
      assert.equal(await one.evaluate(() => window.states.some((state) => state.session?.subject !== undefined && state.session.subject !== window.states.find((s) => s.session).session.subject)), false);
      await one.reload();
      await one.waitForFunction(() => window.loaded);
      await one.evaluate(() => window.auth.ready);
      assert.equal(await me(one), 'ben', 'the control: a page that starts anew is his');
    });

    it('a person who signs in again in another tab stays signed in in both', async () => {
      const [one, other] = [await open(), await open()];
      await signIn(one);
      await becomes(other, 'signed_in');
      await signIn(other);
      await becomes(one, 'signed_in');
      assert.deepEqual([await me(one), await me(other)], ['ann', 'ann']);
    });

    it('false messages to the tabs make them ask the server, and no more', { covers: ['C-019'] }, async () => {
      const one = await open();
      await signIn(one);
      const before = demo.exchanges.length;
      await one.evaluate(async () => {
        const channel = new BroadcastChannel('symbolon');
        for (const lie of ['signed_out', 'signed_in', 'refreshed', 'token', { kind: 'signed_out' }, ['signed_out'], null]) for (let n = 0; n < 50; n++) channel.postMessage(lie);
        await new Promise((next) => setTimeout(next, 1000));
        channel.close();
      });
      await becomes(one, 'signed_in');
      assert.equal(await me(one), 'ann');
      assert.ok(refreshes(before).length <= 100, `${refreshes(before).length} questions for 100 lies of two kinds that are heard`);
    });

    it('a lock that script steals or keeps does not stop a refresh', { covers: ['C-028'] }, async () => {
      const one = await open();
      await signIn(one);
      await expired();
      const stolen = await one.evaluate(async () => {
        const stealing = setInterval(() => navigator.locks.request('symbolon-refresh', { steal: true }, () => {}).catch(() => {}), 1);
        const answers = await Promise.all([1, 2, 3].map(() => window.auth.fetch('/api/me').then((answer) => answer.status)));
        clearInterval(stealing);
        return answers;
      });
      assert.deepEqual(stolen, [200, 200, 200]);
      await expired();
      const [status, took] = await one.evaluate(async () => {
        navigator.locks.request('symbolon-refresh', { steal: true }, () => new Promise(() => {})).catch(() => {});
        const start = performance.now();
        return [(await window.auth.fetch('/api/me')).status, performance.now() - start];
      });
      assert.equal(status, 200);
      assert.ok(took > 4_000 && took < 9_000, `it waited for ${took} ms`);
    });
  });
}
