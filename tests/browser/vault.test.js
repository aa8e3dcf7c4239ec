/** The tests of the vault's crate, in a worker of a real browser. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import http from 'node:http';
import path from 'node:path';
import { describe, it } from 'node:test';
import { BROWSERS, fixture } from './harness.js';
import { setting } from './settings.js';

const TYPES = { '': 'text/html', '.js': 'text/javascript', '.wasm': 'application/wasm' };
const CHALLENGE = 'Symbolon problem="sign_in_required"';

/** Serves the tests. `/moved` is a redirect, and every other path echoes the request. */
class TestServer {
  static async start() {
    const server = new TestServer();
    server.vaultTests = setting('SYMBOLON_VAULT_TESTS');
    server.http = http.createServer((request, response) => server.#answer(request, response));
    await once(server.http.listen(0, '127.0.0.1'), 'listening');
    server.origin = `http://127.0.0.1:${server.http.address().port}`;
    return server;
  }

  stop() {
    this.http.closeAllConnections();
    this.http.close();
  }

  async #answer(request, response) {
    const { pathname } = new URL(request.url, this.origin);
    const file = await read(pathname, this.vaultTests);
    if (file !== undefined) {
      response.writeHead(200, { 'content-type': TYPES[path.extname(pathname)] }).end(file);
    } else if (pathname === '/moved') {
      response.writeHead(302, { location: '/elsewhere' }).end();
    } else {
      const headers = Object.entries(request.headers).map(([name, value]) => `${name}: ${value}\n`);
      response.writeHead(401, { 'www-authenticate': CHALLENGE });
      response.write(`${request.method} ${request.url}\n${headers.join('')}\n`);
      request.pipe(response);
    }
  }
}

async function read(pathname, vaultTests) {
  if (pathname === '/') return '<!doctype html>';
  const folder = pathname === '/vault-worker.js' ? import.meta.dirname : vaultTests;
  return readFile(path.join(folder, pathname)).catch(() => undefined);
}

for (const name of BROWSERS) {
  describe(`the vault's crate in ${name}`, () => {
    const suite = fixture(name, TestServer.start);

    it("the vault's crate passes its own tests in a worker", { timeout: 60_000 }, async (test) => {
      const { demo, page } = suite;
      await page.goto(demo.origin);
      const { count, passed, output } = await page.evaluate(
        () =>
          new Promise((resolve) => {
            const worker = new Worker('/vault-worker.js', { type: 'module' });
            worker.onmessage = ({ data }) => resolve(data);
            worker.onerror = ({ message }) => resolve({ output: `the worker did not start: ${message ?? 'its script does not load'}` });
          }),
      );
      assert.ok(passed, output);
      assert.ok(count > 0, 'there are tests');
      test.diagnostic(output);
    });
  });
}
