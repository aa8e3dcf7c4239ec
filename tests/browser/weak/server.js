/** Servers whose pages lose their token to attacks: one keeps it in the page, another in a careless worker. */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import http from 'node:http';

/** @type {(name: string) => URL} */
const here = (name) => new URL(name, import.meta.url);
/** @type {Record<string, string>} */
const FILES = { '/notebook.js': 'notebook.js', '/glue.js': 'glue.js' };

export class Weak {
  script = '/worker.js';
  echo = '/api/echo';
  credentials = {};
  secret = randomBytes(32).toString('base64url');
  /** Everything that only the server and the client may know. */
  secrets = [this.secret];
  /** @type {string[]} */
  notes = [];
  lend = 'window.send';

  origin = '';
  #gated;
  /** @type {Record<string, string>} */
  #files;
  #server;

  /**
   * Starts a server that keeps its token in the page or in a worker. If it is `gated`, it gives the worker's script only
   * to requests that claim to be for a worker.
   *
   * @param {'page' | 'worker'} kind
   */
  static async start(kind, { gated = false } = {}) {
    const weak = new Weak(kind, gated);
    await once(weak.#server.listen(0, '127.0.0.1'), 'listening');
    const { port } = /** @type {import('node:net').AddressInfo} */ (weak.#server.address());
    weak.origin = `http://localhost:${port}`;
    return weak;
  }

  /**
   * @param {'page' | 'worker'} kind
   * @param {boolean} gated
   */
  constructor(kind, gated) {
    this.#gated = gated;
    this.#files = { ...FILES, '/client.js': kind === 'page' ? 'page.js' : 'in-worker.js' };
    this.#server = http.createServer((request, response) => this.#answer(request, response));
  }

  /** @param {any} page */
  async ready(page) {
    await page.waitForSelector('#notes li');
  }

  stop() {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  /**
   * @param {http.IncomingMessage} request
   * @param {http.ServerResponse} response
   */
  async #answer(request, response) {
    let body = '';
    for await (const chunk of request) body += chunk;
    const { pathname, searchParams } = new URL(request.url ?? '/', this.origin);
    /** @type {(file: string) => Promise<unknown>} */
    const script = async (file) => response.setHeader('content-type', 'text/javascript').end(file);
    /** @type {(name: string) => Promise<string>} */
    const read = (name) => readFile(here(name), 'utf8');
    if (pathname === '/') return response.setHeader('content-type', 'text/html').end(await read('index.html'));
    if (this.#files[pathname]) return script(await read(this.#files[pathname]));
    if (pathname === '/upload.js') return script(await read('../../../www/attacks/upload.js'));
    if (pathname === this.script) {
      const refused = this.#gated && request.headers['sec-fetch-dest'] !== 'worker';
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
    if (pathname === '/api/redirect') return response.writeHead(Number(searchParams.get('status') ?? 302), { location: searchParams.get('to') ?? '/' }).end();
    if (pathname === '/api/notes' && request.method === 'POST') this.notes.push(JSON.parse(body).text);
    if (pathname === '/api/notes') return response.end(JSON.stringify(this.notes));
    response.writeHead(404).end();
  }
}
