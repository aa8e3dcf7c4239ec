/** The doctor names each mistake that keeps people from signing in. */
import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { ENGINES, fixture, where } from './harness.js';

for (const name of ENGINES) {
  describe(`the doctor in ${name}`, where(name), () => {
    const suite = fixture(name);
    let demo, page;
    beforeEach(() => void ({ demo, page } = suite));

    /** Returns the doctor's complaints on a page, and checks that each has a sentence and a remedy. */
    const complaints = async (search = '', origin = demo.origin) => {
      await page.goto(`${origin}/fetch/page?${search}`);
      await page.waitForFunction(() => window.loaded);
      const found = await page.evaluate(() => import('/fetch/doctor.js').then(({ doctor }) => doctor()));
      for (const { problem, remedy } of found) assert.ok(problem.length > 30 && remedy.length > 30);
      return found.map(({ complaint }) => complaint);
    };
    const policy = (text) => `policy=${encodeURIComponent(`script-src 'self' 'unsafe-inline'; ${text}`)}`;
    const worker = (origin) => `worker-src ${origin}/auth/vault.js`;
    /** Returns the server's address under another host name. */
    const elsewhere = () => demo.origin.replace('localhost', '127.0.0.1');

    it('the doctor reports nothing if nothing is wrong', async () => {
      assert.deepEqual(await complaints(), []);
      assert.deepEqual(await complaints(policy(worker(demo.origin))), []);
    });

    it('the doctor names a worker policy that blocks WebAssembly', async () => {
      demo.tamper = (url, { headers }) => {
        if (url !== '/auth/vault.js') return;
        headers['content-security-policy'] = headers['content-security-policy'].replace("'wasm-unsafe-eval'", "'none'");
      };
      assert.deepEqual(await complaints(), ['worker_policy']);
    });

    it('the doctor names a page and a server of different versions', async () => {
      demo.fetchServer.alter = (source) => source.replace(/PROTOCOL = \d+/, 'PROTOCOL = 1');
      assert.deepEqual(await complaints('older'), ['version_mismatch']);
    });

    const named = { skip: name === 'webkit' && 'its certificate is for localhost only' };
    it("the doctor names a page at another origin than the server's setting", named, async () => {
      assert.deepEqual(await complaints('', elsewhere()), ['wrong_origin']);
    });

    it('the doctor names a wrong origin also if a policy allows the configured one', named, async () => {
      assert.deepEqual(await complaints(policy(`connect-src 'none'; ${worker(demo.origin)}`), elsewhere()), ['wrong_origin']);
    });

    if (name === 'chromium') {
      it('the doctor names plain http', async () => {
        assert.deepEqual(await complaints('', demo.origin.replace('localhost', 'app.test')), ['plain_http']);
      });
    }

    it('the doctor names a policy that blocks workers', async () => {
      assert.deepEqual(await complaints(policy("worker-src 'none'")), ['page_policy']);
    });

    it("the doctor names Trusted Types that do not allow the client's policy", async () => {
      assert.deepEqual(await complaints(policy("require-trusted-types-for 'script'; trusted-types other")), ['trusted_types']);
    });

    it('the doctor names a proxy that drops Fetch Metadata', async () => {
      demo.stripsMetadata = true;
      assert.deepEqual(await complaints(), ['metadata_stripped']);
      assert.deepEqual(await complaints(policy("connect-src 'none'")), ['metadata_stripped']);
    });

    it('the doctor names another server that answers in place of Symbolon', async () => {
      demo.tamper = (url, answer) => {
        if (url === '/auth/vault.js') Object.assign(answer, { status: 404, body: 'nowhere', headers: { 'content-type': 'text/html' } });
      };
      assert.deepEqual(await complaints(), ['no_server']);
    });

    it('the doctor names a server that cannot be reached', async () => {
      demo.network = (url) => (url === '/auth/vault.js' ? 'lost' : undefined);
      assert.deepEqual(await complaints(), ['unreachable']);
    });

    it('the doctor names clocks that differ', async () => {
      demo.tamper = (url, { headers }) => {
        if (url === '/auth/sign-in') headers.date = new Date(Date.now() + 600_000).toUTCString();
      };
      assert.deepEqual(await complaints(), ['clock']);
    });

    it('the doctor names a service worker that intercepts requests', async () => {
      await page.goto(`${demo.origin}/fetch/page`);
      await page.evaluate(async () => {
        await navigator.serviceWorker.register('/fetch/service-worker.js', { scope: '/' });
        await navigator.serviceWorker.ready;
      });
      assert.deepEqual(await complaints(), ['service_worker']);
      demo.tamper = (url, answer) => {
        if (url === '/auth/vault.js') Object.assign(answer, { status: 200, body: '<!doctype html>', headers: { 'content-type': 'text/html' } });
      };
      assert.deepEqual(await complaints(), ['service_worker'], 'as one does that answers with a page it keeps');
    });
  });
}
