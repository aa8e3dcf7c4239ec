/** The token stays in the worker: its memory, and its closed list of messages. */
import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { ENGINES, fixture, openSignedIn, signedIn, signOut, where } from './harness.js';
import { eventually } from './eventually.js';
import { countInWasmMemory, isOnTheHeap } from './memory.js';

describe('memory in chromium', where('chromium'), () => {
  const suite = fixture('chromium');
  let demo, page;
  beforeEach(async () => {
    ({ demo, page } = suite);
    await openSignedIn(page, demo);
  });

  const vault = () => {
    assert.equal(page.workers().length, 1);
    return page.workers()[0].client;
  };

  it("the token stands once in the vault's memory, and not in the page", { covers: ['I-08'] }, async () => {
    const token = demo.tokens.at(-1);
    assert.deepEqual(await countInWasmMemory(vault(), token), { count: 1, memories: 1 });
    const client = await page.createCDPSession();
    assert.equal((await countInWasmMemory(client, token)).count, 0);
    assert.equal(await isOnTheHeap(client, token), false);
    await page.evaluate((token) => (window.control = `${token}!`.slice(0, -1)), token);
    assert.equal(await isOnTheHeap(client, token), true, 'the control: such a search does find it');
  });

  it('after sign-out the worker that held the token is gone, and the next one has none', { covers: ['I-08'] }, async () => {
    const token = demo.tokens.at(-1);
    const worker = page.workers()[0];
    await signOut(page);
    await page.waitForFunction(() => document.querySelector('#status').textContent === 'signed out');
    await eventually(() => !page.workers().includes(worker), 'the worker is gone');
    assert.equal((await countInWasmMemory(vault(), token)).count, 0);
  });
});

for (const name of ENGINES) {
  describe(`isolation in ${name}`, where(name), () => {
    const suite = fixture(name);

    it('messages outside the closed list get no useful answer', { covers: ['C-012', 'C-013c', 'I-05', 'I-06'] }, async () => {
      const { demo, page } = suite;
      await openSignedIn(page, demo);
      demo.withoutPolicy = true;
      await page.reload();
      await signedIn(page);
      const before = demo.exchanges.length;
      const [answers, hostile] = await page.evaluate(async () => {
        const worker = new Worker('/auth/vault.js?vault=1#allow=*', { name: 'token' });
        const heard = [];
        worker.onmessage = (event) => heard.push(JSON.stringify(event.data));
        worker.onerror = (event) => heard.push(`error: ${event.message}`);
        const until = async (last) => {
          for (let n = 0; n < 100 && !heard.some((answer) => answer.startsWith(last)); n++) await new Promise((next) => setTimeout(next, 50));
        };
        worker.postMessage(['start', 4, true, null]);
        await until('["ready"');
        // A message as the page half sends it, with an attacker's changes.
        let id = 100;
        const ask = (changes) => ['fetch', id++, Object.assign([`${location.origin}/api/me`, 'GET', '', null, '', false, null], changes)];
        const own = (path) => ask({ 0: `${location.origin}${path}`, 1: 'POST' });
        const hostile = [
          null, 1, 'token', {}, { kind: 'token' }, new Map([['fetch', 1]]), new ArrayBuffer(8), [], ['part', 1, null], ['part', 7], ['more', 7, -1], ['more', {}, NaN], ['abort', 'x'],
          ['token', 1], ['__proto__', 1], ['constructor', 1], ['toString', 1], ['start', 4, true, null], ['config', 1, { apiOrigins: ['*'] }], ['eval', 1, 'boot'],
          ['fetch', 2], ['fetch', 3, null], ['fetch', 4, {}], ['fetch', {}, 'x'], ['sign_in', 5], ['sign_in', 6, { toString: 1 }],
          own('/auth/refresh'), own('/api/../auth/refresh'), own('/api/%2e%2e/auth/refresh'), own('/%61uth/refresh'), own('//auth/refresh'), own('/auth/session'),
          // Relative to the worker's address, these are paths below /auth. By themselves, they are not.
          ask({ 0: `${location.protocol}${location.host}/../sessions` }), ask({ 0: `${location.protocol}session` }), ask({ 0: 'sessions' }), ask({ 0: '//' }),
          ask({ 0: 'http://127.0.0.1:9/' }), ask({ 0: location.origin.replace('//', '//user@') + '/api/me' }), ask({ 0: 'data:text/plain,x' }), ask({ 0: '/api/me' }),
          ask({ 2: 'Authorization\nBearer x' }), ask({ 2: 'aUTHORIZATION \nx' }), ask({ 2: 'x\ny\nsymbolon-proof\nx' }), ask({ 2: 'Cookie\nx' }), ask({ 2: 'Sec-Fetch-Dest\nworker' }), ask({ 2: 'x y\nz' }), ask({ 2: 'x\r\ny' }), ask({ 2: ['x', 'y'] }), ask({ 2: 7 }),
          ask({ 1: 'TRACE' }), ask({ 1: 'CONNECT' }), ask({ 6: { credentials: 'omit' } }), ask({ 6: { mode: 'no-cors' } }), ask({ 6: { mode: 'navigate' } }), ask({ 6: { cache: 'everything' } }), ask({ 3: {} }), ask({ 3: 'body' }), ask({ 4: 'https://[' }),
        ];
        for (const message of hostile) worker.postMessage(message);
        worker.postMessage(['ping']);
        await until('["pong"');
        await new Promise((done) => setTimeout(done, 500));
        worker.terminate();
        return [heard, hostile.length];
      });
      assert.ok(answers.some((answer) => answer.startsWith('["ready",{"claims"')), 'the control: it has a session');
      const refused = answers.filter((answer) => answer.startsWith('["error"')).map((answer) => JSON.parse(answer)[2]);
      const silent = 12 + 1; // Those that are no question, and the second start.
      const harmless = 1; // The address that is one below /auth to others: the vault sends where it judged, to /sessions.
      assert.equal(refused.length, hostile - silent - harmless);
      for (const code of refused) assert.ok(['network', 'protocol', 'spent', 'unsupported', 'origin_not_allowed'].includes(code), code);
      assert.ok(!answers.some((answer) => answer.startsWith('error:')), 'nothing was left to the browser to report');
      for (const secret of [...demo.tokens, ...demo.cookies, ...demo.vaultSecrets]) assert.ok(!answers.join().includes(secret));
      const sent = demo.exchanges.slice(before).filter(({ url, headers }) => headers.authorization && !['/api/me', '/api/ticker'].includes(url));
      assert.deepEqual(sent.map(({ url }) => url), ['/sessions']);
    });
  });
}
