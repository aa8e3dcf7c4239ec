/** Servers of pages that are here to be robbed. In the `page` the token is in the page; in the `worker` it is in a worker. */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import http from 'node:http';

const here = (name) => new URL(name, import.meta.url);
const FILES = { '/notebook.js': 'notebook.js', '/glue.js': 'glue.js' };

export class Weak {
  script = '/worker.js';
  echo = '/api/echo';
  credentials = {};
  secret = randomBytes(32).toString('base64url');
  /** Everything that should be nobody's but the server's and the client's. */
  secrets = [this.secret];
  notes = [];
  lend = 'window.send';

  /** With `gated`, the worker's script goes to whatever says that it is for a worker. */
  static async start(kind, { gated = false } = {}) {
    const weak = new Weak();
    weak.gated = gated;
    weak.files = { ...FILES, '/client.js': kind === 'page' ? 'page.js' : 'in-worker.js' };
    weak.server = http.createServer((request, response) => weak.#answer(request, response));
    await once(weak.server.listen(0, '127.0.0.1'), 'listening');
    weak.origin = `http://localhost:${weak.server.address().port}`;
    return weak;
  }

  async ready(page) {
    await page.waitForSelector('#notes li');
  }

  stop() {
    this.server.closeAllConnections();
    this.server.close();
  }

  async #answer(request, response) {
    let body = '';
    for await (const chunk of request) body += chunk;
    const { pathname, searchParams } = new URL(request.url, this.origin);
    const script = async (file) => response.setHeader('content-type', 'text/javascript').end(file);
    const read = (name) => readFile(here(name), 'utf8');
    if (pathname === '/') return response.setHeader('content-type', 'text/html').end(await read('index.html'));
    if (this.files[pathname]) return script(await read(this.files[pathname]));
    if (pathname === '/upload.js') return script(await read('../../../www/attacks/upload.js'));
    if (pathname === this.script) {
      const refused = this.gated && request.headers['sec-fetch-dest'] !== 'worker';
      return refused ? response.writeHead(403).end() : script((await read('worker.js')).replace('SECRET', this.secret));
    }
    if (pathname.startsWith('/auth/')) {
      const random = JSON.parse(body || '{}').random ?? randomBytes(16).toString('hex');
      const token = `${random}.${randomBytes(16).toString('hex')}`;
      this.secrets.push(token, random);
      return response.end(JSON.stringify({ access_token: token }));
    }
    if (!this.secrets.some((secret) => [request.headers['x-token'], request.headers.authorization?.slice(7)].includes(secret))) {
      return response.writeHead(401).end();
    }
    if (pathname === '/api/me') return response.end('{"name":"ann"}');
    if (pathname === '/api/echo') return response.end(JSON.stringify(request.headers));
    if (pathname === '/api/redirect') return response.writeHead(Number(searchParams.get('status') ?? 302), { location: searchParams.get('to') }).end();
    if (pathname === '/api/notes' && request.method === 'POST') this.notes.push(JSON.parse(body).text);
    if (pathname === '/api/notes') return response.end(JSON.stringify(this.notes));
    response.writeHead(404).end();
  }
}
