/** Attacks on the page by script in it, under the policy and without. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { signIn } from './harness.js';
import { all, asked, attack, inEachBrowser, logged } from './attack-fixture.js';
import { attackScript, Symbolon } from './victims.js';

inEachBrowser('attacks on the page', (suite) => {
  const { attempt, expectNothingStolen, expectStolen } = suite;

  it('a moved base and clobbered names send nothing elsewhere', { covers: ['I-07', 'C-027'] }, async () => {
    await expectStolen(suite.weak.page, 'C-027', 'attacker');
    assert.deepEqual((await expectNothingStolen(suite.guarded, 'C-027')).said, { moved: 'no', refusal: '' });
    const { said, heard } = await expectNothingStolen(suite.bare, 'C-027');
    assert.equal(said.moved, 'yes');
    assert.match(said.refusal, /^origin_not_allowed/);
    assert.ok(!heard.some(({ url }) => url.startsWith('/api') || url.startsWith('/auth')));
  });

  it('Trusted Types let injected script load no script', { covers: ['I-09', 'C-034'] }, async () => {
    const control = await expectStolen(suite.weak.page, 'C-034');
    assert.deepEqual(control, all(control, 'done'));
    const { said } = await expectNothingStolen(suite.guarded, 'C-034');
    assert.deepEqual(said, all(said, 'TypeError'));
  });

  it('the policy stops inline script, eval, and every connection of the page', { covers: ['I-09', 'C-035'] }, async () => {
    const control = await expectStolen(suite.weak.page, 'C-035');
    assert.deepEqual(control, all(control, 'done'));
    const { said } = await expectNothingStolen(suite.guarded, 'C-035');
    assert.deepEqual(said, all(said, 'stopped'));
  });

  it('weaker policies stop less, and the server refuses service workers under all of them', { covers: ['I-09', 'C-035'] }, async () => {
    const under = (policy) =>
      new Symbolon(suite.demo, {
        policy: true,
        tamper: (pathname, answer) => {
          if (pathname !== '/') return;
          answer.headers['content-security-policy'] = policy;
          answer.body = String(answer.body).replace('<script ', '<script nonce="once" ');
        },
      });
    const dynamic = await expectNothingStolen(under("script-src 'nonce-once' 'strict-dynamic'"), 'C-035');
    assert.equal(dynamic.said['a worker of a blob'], 'done');
    assert.equal(dynamic.said['a script that says a nonce'], 'done', 'one that is used again');
    assert.equal(dynamic.said['a moved base'], 'done');
    const own = await expectNothingStolen(under("script-src 'self'"), 'C-035');
    assert.equal(own.said['a worker of a blob'], 'stopped');
    assert.equal(own.said['a worker of a file on our origin'], 'done');
    for (const { said, exchanges } of [dynamic, own]) {
      assert.equal(said['a service worker'], 'stopped');
      const [{ status }] = exchanges.filter(({ headers }) => headers['service-worker'] === 'script');
      assert.equal(status, 403);
    }
  });

  it('the client works with cross-origin isolation and without', { covers: ['I-09', 'C-036'] }, async () => {
    const isolate = (pathname, answer) => {
      if (pathname === '/') answer.headers['cross-origin-embedder-policy'] = 'require-corp';
    };
    const without = await expectNothingStolen(suite.guarded, 'C-036');
    assert.deepEqual(without.said, { isolated: false, memory: 'undefined', said: 'written' });
    const isolated = await expectNothingStolen(new Symbolon(suite.demo, { policy: true, tamper: isolate }), 'C-036');
    assert.deepEqual(isolated.said, { isolated: true, memory: 'function', said: 'written' });
    const careless = (pathname, answer) => {
      isolate(pathname, answer);
      if (pathname === '/auth/vault.js') delete answer.headers['cross-origin-embedder-policy'];
    };
    new Symbolon(suite.demo, { policy: true, tamper: careless }).appear();
    await suite.page.reload();
    await suite.page.waitForFunction(() => document.querySelector('#status').textContent.startsWith('worker_blocked'), { timeout: 5000 });
  });

  it('injected script can deceive the page, and cannot deceive the server', { covers: ['C-037'] }, async () => {
    assert.equal((await attempt(suite.weak.worker, 'C-037')).said.name, 'eve');
    const { said, exchanges } = await expectNothingStolen(suite.guarded, 'C-037');
    assert.deepEqual(said, { name: 'eve', said: 'written' });
    assert.equal(JSON.parse(asked(exchanges, '/api/me').at(-1).answer).name, 'ann');
  });

  it('script that rides on the session leaves a trace, and stops when the session ends', { covers: ['S-03', 'C-038'] }, async () => {
    suite.guarded.appear();
    const page = await suite.context.newPage();
    await page.evaluateOnNewDocument(attackScript(suite.guarded, suite.attacker, []));
    await page.goto(suite.demo.origin);
    await suite.guarded.ready(page);
    const ride = () => page.evaluate(`(${attack('C-038').run})(window.attack)`);
    assert.equal(await ride(), 'written', 'it works: this is not stopped');
    const { headers } = suite.demo.exchanges.findLast(({ url, status }) => url === '/api/notes' && status === 201);
    await logged(suite.demo, /method=POST uri=\/api\/notes/);
    const { authorization, cookie } = headers;
    const answer = await fetch(`${suite.demo.address}/auth/sign-out-everywhere`, { method: 'POST', headers: { authorization, cookie, origin: suite.demo.origin } });
    assert.equal(answer.status, 204);
    const since = suite.demo.exchanges.length;
    assert.equal(await ride(), 'not written');
    await page.waitForSelector('#signed-out:not([hidden])');
    assert.equal(await ride(), 'not written');
    assert.ok(asked(suite.demo.exchanges.slice(since), '/api/notes').every(({ status }) => status === 401));
    await signIn(page);
  });
});
