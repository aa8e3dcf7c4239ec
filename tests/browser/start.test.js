/** A vault that cannot start fails with a named error in bounded time, and nothing weaker takes its place. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { beforeEach, describe, it } from 'node:test';
import { ENGINES, fixture, where } from './harness.js';

const DOCS = await readFile(path.join(import.meta.dirname, '../../docs/client.md'), 'utf8');

for (const name of ENGINES) {
  describe(`a start that fails in ${name}`, where(name), () => {
    const suite = fixture(name);
    let demo, page;
    beforeEach(() => void ({ demo, page } = suite));

    /** Opens the page, checks that its client fails in bounded time, and returns the error's code. */
    const fails = async (search = '', origin = demo.origin) => {
      await page.goto(`${origin}/fetch/page?${search}`);
      await page.waitForFunction(() => window.loaded);
      const start = Date.now();
      const seen = await page.evaluate(async () => {
        const ready = await window.auth.ready.then(() => 'ready', (error) => error.code);
        const fetched = await window.auth.fetch('/fetch/text').then(() => 'sent', (error) => error.code);
        const signedIn = await window.auth.signIn({}).then(() => 'signed in', (error) => error.code);
        const { status, error } = window.auth.state;
        return { ready, fetched, signedIn, status, docs: error?.docs, message: error?.message };
      });
      assert.ok(Date.now() - start < 35_000, 'in bounded time');
      assert.equal(seen.status, 'failed', JSON.stringify(seen));
      assert.deepEqual([seen.fetched, seen.signedIn], [seen.ready, seen.ready], 'whatever is asked of it fails alike');
      assert.ok(seen.message.length > 20);
      assert.match(seen.docs, new RegExp(`docs/client\\.md#${seen.ready}$`));
      assert.ok(DOCS.includes(`### ${seen.ready}`), 'the documentation has a section for it');
      return seen.ready;
    };
    const policy = (text) => `policy=${encodeURIComponent(`script-src 'self' 'unsafe-inline'; ${text}`)}`;

    it('the client starts under a policy that allows its worker', async () => {
      await page.goto(`${demo.origin}/fetch/page?${policy(`worker-src ${demo.origin}/auth/vault.js`)}`);
      await page.waitForFunction(() => window.loaded);
      await page.evaluate(() => window.auth.ready);
      assert.equal((await page.evaluate(() => window.auth.state)).status, 'signed_out');
    });

    it('a policy that blocks workers fails with worker_blocked', { covers: ['I-16', 'C-031b'] }, async () => {
      assert.equal(await fails(policy("worker-src 'none'")), 'worker_blocked');
    });

    it("Trusted Types without the client's policy fail with worker_blocked", { covers: ['I-16', 'C-031b'] }, async () => {
      assert.equal(await fails(policy("require-trusted-types-for 'script'; trusted-types other")), 'worker_blocked');
    });

    it('a worker policy that blocks WebAssembly fails with wasm_blocked', { covers: ['I-16', 'C-031b'] }, async () => {
      demo.tamper = (url, { headers }) => {
        if (url !== '/auth/vault.js') return;
        headers['content-security-policy'] = headers['content-security-policy'].replace("'wasm-unsafe-eval'", "'none'");
      };
      assert.equal(await fails(), 'wasm_blocked');
    });

    it('a proxy that drops Fetch Metadata fails with worker_blocked', { covers: ['I-16', 'C-031b'] }, async () => {
      demo.stripsMetadata = true;
      assert.equal(await fails(), 'worker_blocked');
      const refused = demo.exchanges.findLast(({ url }) => url === '/auth/vault.js');
      assert.equal(refused.status, 403);
    });

    it('a page of another version than the server fails with version_mismatch', { covers: ['I-16', 'C-031b'] }, async () => {
      demo.fetchServer.alter = (source) => {
        const altered = source.replace(/PROTOCOL = \d+/, 'PROTOCOL = 1');
        assert.notEqual(altered, source);
        return altered;
      };
      assert.equal(await fails('older'), 'version_mismatch');
    });

    it('a worker that stays silent fails with start_timeout', { covers: ['I-16', 'C-031b'] }, async () => {
      demo.tamper = (url, answer) => {
        if (url === '/auth/vault.js') answer.body = 'self.onmessage = () => {};';
      };
      assert.equal(await fails(), 'start_timeout');
    });

    it('a worker that throws fails with worker_blocked', { covers: ['I-16', 'C-031b'] }, async () => {
      demo.tamper = (url, answer) => {
        if (url === '/auth/vault.js') answer.body = 'throw new Error("broken")';
      };
      assert.equal(await fails(), 'worker_blocked');
    });

    if (name === 'chromium') {
      it('plain http from another machine fails with insecure_context', { covers: ['I-16', 'C-031b'] }, async () => {
        assert.equal(await fails('', demo.origin.replace('localhost', 'app.test')), 'insecure_context');
      });
    }

    it('a client that failed because of the network starts again by itself', async () => {
      demo.network = (url) => (url === '/auth/vault.js' ? 'lost' : undefined);
      await page.goto(`${demo.origin}/fetch/page`);
      await page.waitForFunction(() => window.auth?.state.status === 'failed', { polling: 50 });
      demo.network = () => {};
      await page.waitForFunction(() => window.auth.state.status === 'signed_out', { polling: 50 });
    });
  });
}
