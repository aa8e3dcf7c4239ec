/** Endpoints below `/fetch` for trying `fetch`: a page with the npm package and no policy, and what real servers do. */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import path from 'node:path';

/** @import http from 'node:http' */

const BUILT = path.join(import.meta.dirname, '../..');
const PACKAGE = path.join(BUILT, 'wasm-client/dist/index.js');
const PAGE = `<!doctype html><meta charset="utf-8"><title>fetch</title>
<script>
// After kill is set, the next message goes to a worker that has been terminated.
const { postMessage } = Worker.prototype;
Worker.prototype.postMessage = function (...message) {
  if (window.kill) this.terminate();
  window.kill = false;
  postMessage.apply(this, message);
};
</script>
<script type="module">
import * as symbolon from '/fetch/symbolon.js';
Object.assign(window, { symbolon, raw: fetch.bind(window), states: [] });
if (!location.search.includes('without-client')) {
  window.auth = symbolon.createAuthClient();
  auth.on('change', (state) => states.push(state));
}
window.loaded = true;
</script>`;

/** An empty WebAssembly module. */
const EMPTY_MODULE = Buffer.from([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]);

/**
 * What is known of a request: how many bytes of the answer were sent, and whether the connection is closed.
 *
 * @typedef {object} Seen
 * @property {string} url
 * @property {string | undefined} method
 * @property {http.IncomingHttpHeaders} headers
 * @property {number} sent
 * @property {boolean} closed
 */
/**
 * A request at an endpoint. `rest` is what the path has after the endpoint's name.
 *
 * @typedef {{ request: http.IncomingMessage, response: http.ServerResponse, url: URL, rest: string[], note: Seen }} Asked
 */

/** Answers requests below `/fetch`. An endpoint is a method whose name begins with `on_`. */
export class FetchServer {
  /**
   * The requests so far, oldest first.
   *
   * @type {Seen[]}
   */
  seen = [];

  /**
   * Changes the source of the npm package, as another build of it.
   *
   * @type {(source: string) => string}
   */
  alter = (source) => source;

  /**
   * @param {http.IncomingMessage} request
   * @param {http.ServerResponse} response
   */
  async answer(request, response) {
    const { url: address = '/' } = request;
    const url = new URL(address, 'http://fetch');
    const [, , what, ...rest] = url.pathname.split('/');
    /** @type {Seen} */
    const note = { url: address, method: request.method, headers: request.headers, sent: 0, closed: false };
    this.seen.push(note);
    response.on('close', () => (note.closed = true));
    const handler = /** @type {any} */ (this)[`on_${what}`];
    if (!handler) return response.writeHead(404).end('nowhere');
    await handler.call(this, { request, response, url, rest, note });
  }

  /**
   * Returns the requests whose URL has this part.
   *
   * @param {string} part
   */
  of(part) {
    return this.seen.filter(({ url }) => url.includes(part));
  }

  /**
   * Serves the page, with the policy that the URL asks for.
   *
   * @param {Asked} asked
   */
  on_page({ response, url }) {
    const policy = url.searchParams.get('policy');
    if (policy) response.setHeader('content-security-policy', policy);
    response.writeHead(200, { 'content-type': 'text/html', 'cache-control': 'no-cache' }).end(PAGE);
  }

  /** @param {Asked} asked */
  async 'on_symbolon.js'({ response }) {
    response.writeHead(200, { 'content-type': 'text/javascript' }).end(this.alter(await readFile(PACKAGE, 'utf8')));
  }

  /**
   * Serves the doctor, with the page's own copy of the client.
   *
   * @param {Asked} asked
   */
  async 'on_doctor.js'({ response }) {
    const source = await readFile(path.join(BUILT, 'wasm-client/dist/doctor.js'), 'utf8');
    response.writeHead(200, { 'content-type': 'text/javascript' }).end(source.replace('./index.js', './symbolon.js'));
  }

  /**
   * Serves a service worker that answers every request, as one for offline use does.
   *
   * @param {Asked} asked
   */
  'on_service-worker.js'({ response }) {
    response.writeHead(200, { 'content-type': 'text/javascript', 'service-worker-allowed': '/' });
    response.end(`onactivate = (event) => event.waitUntil(clients.claim());
      onfetch = (event) => event.respondWith(fetch(event.request));`);
  }

  /**
   * Serves the package's own worker. Its module is beside it.
   *
   * @param {Asked} asked
   */
  async 'on_worker.js'({ response }) {
    response.writeHead(200, { 'content-type': 'text/javascript' }).end(await readFile(path.join(BUILT, 'wasm-client/dist/worker.js')));
  }

  /** @param {Asked} asked */
  async 'on_vault.wasm'({ response }) {
    response.writeHead(200, { 'content-type': 'application/wasm' }).end(await readFile(path.join(BUILT, 'server/assets/vault.wasm')));
  }

  /** @param {Asked} asked */
  on_status({ response, rest }) {
    response.writeHead(Number(rest[0]), 'As You Like', { 'x-one': 'a', 'x-two': ['b', 'c'], 'set-cookie': 'x=y' }).end();
  }

  /** @param {Asked} asked */
  on_text({ response, url }) {
    response.writeHead(200, { 'content-type': url.searchParams.get('type') ?? 'text/plain', etag: '"1"', 'cache-control': 'max-age=60' });
    response.end(url.searchParams.get('text') ?? 'text');
  }

  /**
   * Answers with the `Cache-Control` that the URL asks for, and a body that never repeats and names the request's own.
   *
   * @param {Asked} asked
   */
  on_kept({ request, response, url }) {
    response.writeHead(200, { 'content-type': 'application/json', 'cache-control': url.searchParams.get('as') ?? 'no-store' });
    response.end(JSON.stringify({ cache: request.headers['cache-control'] ?? 'default', is: Math.random() }));
  }

  /**
   * Echoes the request.
   *
   * @param {Pick<Asked, 'request' | 'response'>} asked
   */
  async on_echo({ request, response }) {
    const body = [];
    for await (const chunk of request) body.push(chunk);
    const bytes = Buffer.concat(body);
    const type = request.headers['content-type'];
    const boundary = type?.split('boundary=')[1];
    // A browser chooses a new boundary every time.
    const text = boundary ? bytes.toString('latin1').replaceAll(boundary, 'BOUNDARY') : bytes.toString('latin1');
    response.writeHead(200, { 'content-type': 'application/json' }).end(
      JSON.stringify({
        method: request.method,
        type: boundary ? type.replace(boundary, 'BOUNDARY') : type,
        referer: request.headers.referer,
        cache: request.headers['cache-control'],
        custom: request.headers['x-custom'],
        length: boundary ? text.length : bytes.length,
        body: bytes.length > 2_000 ? createHash('sha256').update(bytes).digest('hex') : text,
      }),
    );
  }

  /**
   * Refuses the first request as if the session had ended, and echoes the others.
   *
   * @param {Asked} asked
   */
  on_doubted({ request, response, url }) {
    if (this.of(url.pathname).length > 1) return this.on_echo({ request, response });
    request.resume();
    response.writeHead(401, { 'www-authenticate': 'Bearer error="invalid_token", problem="sign_in_required"' }).end();
  }

  /** @param {Asked} asked */
  on_redirect({ response, url }) {
    response.writeHead(Number(url.searchParams.get('status') ?? 302), { location: url.searchParams.get('to') ?? '/fetch/text' }).end();
  }

  /**
   * Sends `count` chunks of `bytes` bytes, `pause` milliseconds apart. With `length`, it announces the length.
   *
   * @param {Asked} asked
   */
  async on_chunks({ response, url, note }) {
    /** @type {(name: string, otherwise: number) => number} */
    const number = (name, otherwise) => Number(url.searchParams.get(name) ?? otherwise);
    const [count, bytes, pause] = [number('count', 5), number('bytes', 1000), number('pause', 0)];
    /** @type {http.OutgoingHttpHeaders} */
    const headers = { 'content-type': 'application/octet-stream', 'cache-control': 'no-store' };
    if (url.searchParams.has('length')) headers['content-length'] = count * bytes;
    response.writeHead(200, headers).flushHeaders();
    const closed = once(response, 'close');
    for (let n = 0; n < count && !note.closed; n++) {
      if (pause) await new Promise((next) => setTimeout(next, pause));
      note.sent += bytes;
      const chunk = Buffer.alloc(bytes, n % 251);
      if (!response.write(chunk)) await Promise.race([once(response, 'drain'), closed]);
    }
    response.end();
  }

  /**
   * Closes the connection in the middle of a body of the announced length.
   *
   * @param {Asked} asked
   */
  async on_cut({ response, url }) {
    const length = Number(url.searchParams.get('length'));
    response.writeHead(200, { 'content-length': length, 'cache-control': 'no-store' });
    response.write(Buffer.alloc(length / 2));
    setTimeout(() => response.destroy(), 50);
  }

  /** @param {Asked} asked */
  on_drop({ request }) {
    request.socket.destroy();
  }

  on_hang() {}

  /** @param {Asked} asked */
  on_module({ response }) {
    response.writeHead(200, { 'content-type': 'application/wasm' }).end(EMPTY_MODULE);
  }
}
