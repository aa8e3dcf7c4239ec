/** What keeps the token in its place: memory, policies, and the refusal of service workers. */
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { BROWSERS, signedIn, signIn, signOut, stage } from './harness.js';
import { countInWasmMemory, isOnTheHeap } from './memory.js';

describe('I-08 memory, in chromium', () => {
  const on = stage('chromium');
  let demo, page;
  before(async () => {
    ({ demo, page } = on);
    await page.goto(demo.origin);
    await signIn(page);
  });

  const vault = () => {
    assert.equal(page.workers().length, 1);
    return page.workers()[0].client;
  };

  it("I-08 the token stands once in the vault's memory, and not in the page", async () => {
    const token = demo.tokens.at(-1);
    assert.deepEqual(await countInWasmMemory(vault(), token), { count: 1, memories: 1 });
    const client = await page.createCDPSession();
    assert.equal((await countInWasmMemory(client, token)).count, 0);
    assert.equal(await isOnTheHeap(client, token), false);
    await page.evaluate((token) => (window.control = `${token}!`.slice(0, -1)), token);
    assert.equal(await isOnTheHeap(client, token), true, 'the control: such a search does find it');
  });

  it('I-08 after sign-out the worker that held it is gone, and the next one has no token', async () => {
    const token = demo.tokens.at(-1);
    const worker = page.workers()[0];
    await signOut(page);
    await page.waitForFunction(() => document.querySelector('#status').textContent === 'signed out');
    await new Promise((resolve) => setTimeout(resolve, 300));
    assert.ok(!page.workers().includes(worker));
    assert.equal((await countInWasmMemory(vault(), token)).count, 0);
  });
});

for (const name of BROWSERS) {
  describe(`isolation in ${name}`, () => {
    const on = stage(name);
    let browser, demo, page;
    before(async () => {
      ({ browser, demo, page } = on);
      await page.goto(demo.origin);
      await signIn(page);
    });

    it('I-09 the policy stops inline script, eval, and every connection of the page', async () => {
      const stopped = await page.evaluate(async () => {
        const attempt = async (act) => {
          // What the debugger calls may use eval; what a timer calls is the page's own.
          await new Promise((resolve) => setTimeout(resolve));
          try {
            await act();
            return 'done';
          } catch {
            return 'stopped';
          }
        };
        const inline = document.createElement('script');
        await attempt(() => (inline.textContent = 'window.inlined = true'));
        document.head.append(inline);
        return {
          inline: window.inlined === undefined ? 'stopped' : 'done',
          eval: await attempt(() => (0, eval)('1')),
          html: await attempt(() => (document.createElement('div').innerHTML = '<b>x</b>')),
          home: await attempt(() => fetch('/api/me')),
          abroad: await attempt(() => fetch('http://127.0.0.1:9/')),
          worker: await attempt(() => new Worker(URL.createObjectURL(new Blob(['1'])))),
          wasm: await attempt(() => WebAssembly.compile(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]))),
        };
      });
      for (const [what, outcome] of Object.entries(stopped)) assert.equal(outcome, 'stopped', what);
    });

    it('I-09 and the application works under it', async () => {
      await page.reload();
      await signedIn(page);
    });

    it('I-12 no service worker can be planted, with or without the policy', async () => {
      for (const withoutPolicy of [false, true]) {
        demo.withoutPolicy = withoutPolicy;
        const tab = await browser.newPage();
        await tab.goto(demo.origin);
        await signedIn(tab);
        const outcome = await tab.evaluate(async () => {
          try {
            await navigator.serviceWorker.register('/main.js');
            return 'registered';
          } catch (error) {
            return error.name;
          }
        });
        assert.notEqual(outcome, 'registered', `withoutPolicy: ${withoutPolicy}`);
        assert.equal(await tab.evaluate(async () => (await navigator.serviceWorker.getRegistrations()).length), 0);
        await tab.close();
      }
      const refused = demo.exchanges.filter(({ headers }) => headers['service-worker'] === 'script');
      assert.ok(refused.length > 0, 'the control: without the policy the browser asked for the script');
      for (const { status } of refused) assert.equal(status, 403);
    });

    it('I-02 messages of every other shape get no answer that helps', async () => {
      demo.withoutPolicy = true;
      const tab = await browser.newPage();
      await tab.goto(demo.origin);
      await signedIn(tab);
      const answers = await tab.evaluate(async () => {
        const worker = new Worker('/auth/vault.js');
        const heard = [];
        worker.onmessage = (event) => heard.push(JSON.stringify(event.data));
        worker.onerror = (event) => heard.push(event.message);
        worker.postMessage({ kind: 'start', restore: true });
        await new Promise((resolve) => setTimeout(resolve, 500));
        const url = (path) => new URL(path, location.origin).href;
        const ask = (path, more) => ({ kind: 'fetch', id: 7, request: { url: url(path), method: 'POST', headers: [], body: null, cache: 'default', ...more } });
        for (const message of [null, 1, 'token', [], {}, { kind: 'token' }, { kind: '__proto__' }, { kind: 'constructor', id: 1 }, { kind: 'fetch', id: 2 },
          { kind: 'fetch', id: 3, request: null }, new Map([['kind', 'fetch']]), ask('/auth/refresh'), ask('/api/../auth/refresh'), ask('/api/%2e%2e/auth/refresh'),
          ask('//127.0.0.1:9/'), ask('/api/me', { method: 'GET', headers: [['Authorization', 'Bearer x']] })]) {
          worker.postMessage(message);
        }
        await new Promise((resolve) => setTimeout(resolve, 500));
        worker.terminate();
        return heard;
      });
      assert.ok(answers[0].startsWith('{"kind":"ready","session":{'), 'the control: it has a session');
      const codes = answers.slice(1).map((answer) => JSON.parse(answer).code);
      assert.equal(codes.length, 16);
      for (const code of codes) assert.ok(['protocol', 'unsupported', 'origin_not_allowed'].includes(code), code);
      for (const secret of [...demo.tokens, ...demo.cookies]) assert.ok(!answers.join().includes(secret));
      await tab.close();
      demo.withoutPolicy = false;
    });
  });
}
