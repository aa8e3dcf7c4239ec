/** Attacks on the token. Each must succeed on a weak page, and fail on Symbolon. */
import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { describe, it } from 'node:test';
import { attacks } from '../../www/attacks/index.js';
import { Demo, host } from './harness.js';
import { all, asked, elsewhere, inEachBrowser } from './attack-fixture.js';
import { Symbolon } from './victims.js';

inEachBrowser('attacks on the token', (suite) => {
  const { attempt, expectNothingHeard, expectNothingStolen, expectStolen } = suite;

  it('hooks of fetch and XMLHttpRequest hear nothing', { covers: ['I-01', 'C-001'] }, async () => {
    await expectStolen(suite.weak.page, 'C-001', 'fetch', 'open', 'setRequestHeader');
    await expectNothingHeard('C-001');
  });

  it('hooks of Headers, Request and Response hear nothing', { covers: ['I-01', 'C-002'] }, async () => {
    await expectStolen(suite.weak.page, 'C-002', 'append', 'get', 'set', 'json', 'text', 'Request', 'Response');
    await expectNothingHeard('C-002');
  });

  it('hooks of text codecs hear nothing', { covers: ['I-01', 'C-003'] }, async () => {
    await expectStolen(suite.weak.page, 'C-003', 'encode', 'encodeInto', 'decode', 'slice', 'atob', 'btoa', 'fromCharCode');
    await expectNothingHeard('C-003');
  });

  it('hooks of promises, JSON and Reflect hear nothing', { covers: ['I-01', 'C-004'] }, async () => {
    await expectStolen(suite.weak.page, 'C-004', 'then', 'parse', 'stringify', 'get', 'set');
    await expectNothingHeard('C-004');
  });

  it('no WebAssembly memory in the page holds a token', { covers: ['I-01', 'C-007'] }, async () => {
    await expectStolen(suite.weak.page, 'C-007', 'buffer');
    const { places } = await attempt(suite.weak.page, 'C-007');
    assert.ok(places.includes('memory'), 'the control of whoever comes first');
    await expectNothingHeard('C-007');
  });

  it('no module of the page exports a token', { covers: ['I-02', 'C-008'] }, async () => {
    await expectStolen(suite.weak.page, 'C-008', 'memory');
    for (const victim of [suite.guarded, suite.bare]) {
      const { said } = await expectNothingStolen(victim, 'C-008');
      assert.deepEqual(said.sort(), ['/auth/vault.js', '/main.js']);
    }
  });

  it("controlling the page's clock and random numbers reveals nothing about the vault", { covers: ['I-02', 'C-009'] }, async () => {
    await expectStolen(suite.weak.page, 'C-009', 'getRandomValues');
    for (const victim of [suite.guarded, suite.bare]) {
      const { said, exchanges } = await expectNothingStolen(victim, 'C-009');
      assert.equal(said, 'written');
      const proofs = exchanges.map(({ headers }) => headers['symbolon-proof']?.split('.')).filter(Boolean);
      assert.ok(proofs.length > 0);
      for (const [, , time, nonce] of proofs) {
        assert.ok(Math.abs(Number(time) - Date.now() / 1000) < 60, time);
        assert.notEqual(nonce, Buffer.alloc(16, 7).toString('base64url'));
      }
    }
  });

  it('no message carries a token', { covers: ['I-02', 'C-011'] }, async () => {
    await expectStolen(suite.weak.page, 'C-011', 'postMessage');
    await expectStolen(suite.weak.worker, 'C-011', 'data');
    await expectNothingHeard('C-011');
  });

  it('no storage, document or global variable holds a token', { covers: ['I-01', 'C-018'] }, async () => {
    const places = ['cookie', 'localStorage', 'sessionStorage', 'name', 'history', 'document', 'address', 'caches', 'indexedDB', 'files', 'globals'];
    await expectStolen(suite.weak.page, 'C-018', ...places);
    await expectNothingHeard('C-018');
  });

  it('nothing is broadcast', { covers: ['I-15', 'C-019'] }, async () => {
    await expectStolen(suite.weak.page, 'C-019', 'broadcast', 'storage', 'message');
    await expectNothingHeard('C-019');
  });

  it('no error, console message, report or timing contains a token', { covers: ['I-01', 'C-020'] }, async () => {
    await expectStolen(suite.weak.page, 'C-020', 'debug', 'Error', 'error', 'unhandledrejection', 'timings');
    assert.equal((await expectNothingStolen(suite.bare, 'C-020')).said, 'written');
  });

  it('the page asks the server for a token and gets none', { covers: ['C-014'] }, async () => {
    await expectStolen(suite.weak.worker, 'C-014', 'refresh');
    assert.equal((await expectNothingStolen(suite.guarded, 'C-014')).said, 'TypeError', 'the policy does not let the page connect');
    const { said, exchanges } = await expectNothingStolen(suite.bare, 'C-014');
    assert.deepEqual(said, [401, 'sign_in_required']);
    const { headers } = exchanges.findLast(({ url }) => url === '/auth/refresh');
    assert.ok(headers.cookie.includes('__Host-Http-symbolon-refresh='), 'the control: the cookies went along');
    // The attacker fetches a vault secret with a program, and hands it to the injected script.
    const stolen = await expectNothingStolen(suite.bare, 'C-014c', { boot: await suite.demo.bootstrapElsewhere() });
    assert.deepEqual(stolen.said, [401, 'sign_in_required']);
    const own = await attempt(suite.bare, 'C-014c', { more: { boot: await suite.demo.bootstrapElsewhere(headers.cookie) } });
    assert.equal(own.said[0], 200, 'the control: the proof is good, beside the cookie that it was made for');
  });

  it('a sign-in from the page gets no token', { covers: ['I-03', 'C-014b'] }, async () => {
    await expectStolen(suite.weak.page, 'C-014b', 'sign-in');
    assert.equal((await expectNothingStolen(suite.guarded, 'C-014b')).said, 'TypeError');
    assert.deepEqual((await expectNothingStolen(suite.bare, 'C-014b')).said, [401, 'sign_in_required']);
  });

  it('no redirect is followed, wherever it leads', { covers: ['H-13', 'C-017'] }, async () => {
    await expectStolen(suite.weak.worker, 'C-017', 'attacker');
    const unguarded = new Symbolon(suite.demo, { policy: false, workerPolicy: false });
    for (const victim of [suite.bare, unguarded]) {
      const { said, heard } = await expectNothingStolen(victim, 'C-017');
      assert.deepEqual(said, all(said, 'redirect_blocked'));
      assert.deepEqual(elsewhere(heard), []);
    }
  });

  it('options that every object inherits do not change a request', { covers: ['I-07', 'C-021'] }, async () => {
    await expectStolen(suite.weak.page, 'C-021', 'attacker');
    const { said, heard } = await expectNothingStolen(suite.bare, 'C-021');
    assert.equal(said, 'written');
    assert.deepEqual(elsewhere(heard), []);
  });

  it('a handler that echoes request headers echoes neither half', { covers: ['I-07', 'C-013b'] }, async () => {
    await expectStolen(suite.weak.worker, 'C-013b', 'echo');
    const echoing = await Demo.start({ serve: host });
    // Cookies are shared between ports of a host, so this server needs a context of its own.
    const where = await suite.newContext();
    try {
      const answers = (pathname, answer) => {
        if (pathname === '/') Object.assign(answer, { status: 200, body: '<!doctype html>', headers: { 'content-type': 'text/html' } });
      };
      const victim = new Symbolon(echoing, { policy: false, tamper: answers });
      const credentials = JSON.stringify({ name: 'ann', password: 'correct horse battery staple' });
      victim.lend = victim.lend.replace('await auth.ready;', `await auth.ready; await auth.signIn(${credentials});`);
      victim.ready = () => {};
      const { said, places } = await attempt(victim, 'C-013b', { where });
      assert.deepEqual([said, places], [200, []]);
      const { headers, answer } = asked(echoing.exchanges, '/api/echo').at(-1);
      assert.ok(headers.authorization && headers.cookie, 'the control: both halves were sent');
      assert.match(answer, /^accept: /m);
      // A handler in front of Symbolon's layer still sees both halves.
      victim.tamper = (pathname, answer) => {
        answers(pathname, answer);
        if (pathname === '/api/echo') answer.body = JSON.stringify(asked(echoing.exchanges, '/api/echo').at(-1).headers);
      };
      assert.ok((await attempt(victim, 'C-013b', { where })).places.includes('echo'));
    } finally {
      await echoing.stop();
    }
  });
});

describe('the list of attacks', () => {
  it('a test tries each attack in the list', async () => {
    const folder = new URL('.', import.meta.url);
    const tests = (await readdir(folder)).filter((file) => file.endsWith('.test.js'));
    const sources = (await Promise.all(tests.map((file) => readFile(new URL(file, folder), 'utf8')))).join('');
    for (const { id } of attacks) assert.ok(sources.includes(`'${id}'`), id);
  });
});
