/** A server behind a proxy that records every exchange, and can change, delay or lose it. */
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import http from 'node:http';
import https from 'node:https';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { FetchServer } from './fetch-server.js';
import { bank, end, firstLine } from './servers.js';
import { setting } from './settings.js';

const INJECTED = '/injected.js';
const COOKIE = /__Host-Http-symbolon(?:-refresh|-vault)?=([\w-]+)/g;

/**
 * A request, what the server answered, and when (in milliseconds of `performance.now`).
 *
 * @typedef {object} Exchange
 * @property {string} method
 * @property {string} url
 * @property {http.IncomingHttpHeaders} headers
 * @property {string} body
 * @property {number} status
 * @property {http.IncomingHttpHeaders} answerHeaders
 * @property {string} answer
 * @property {number} from
 * @property {number} to
 * @property {boolean} [isOver] Whether an endless answer has been left.
 */
/**
 * An answer on its way to the browser.
 *
 * @typedef {{ status: number, headers: http.IncomingHttpHeaders, body: string | Buffer }} Answer
 */
/** @typedef {import('./servers.js').Server} Server */
/**
 * What the network does to a request: it is `lost`, goes `unanswered` although the server has done it, comes `twice`, or
 * arrives so many milliseconds late.
 *
 * @typedef {'lost' | 'unanswered' | 'twice' | number | undefined | void} Network
 */
/** Codes of connections that the browser or the server gave up. */
const GIVEN_UP = new Set(['ECONNRESET', 'ECONNREFUSED', 'EPIPE', 'ERR_STREAM_PREMATURE_CLOSE', 'ERR_STREAM_DESTROYED', 'ABORT_ERR']);

/** A server behind a proxy, with a store of its own. The browser calls it by `origin`. */
export class Demo {
  /** How the browser calls the server. */
  origin = '';
  /** How a program reaches the server, past the proxy. */
  address = '';
  /**
   * Every exchange with the server, oldest first.
   *
   * @type {Exchange[]}
   */
  exchanges = [];
  /** Endpoints for trying `fetch`, below `/fetch`. */
  fetchServer = new FetchServer();
  /** What the server has logged. */
  log = '';
  /**
   * Errors of the proxy and of what a test plugged into it. A connection that the browser gave up is none.
   *
   * @type {Error[]}
   */
  proxyErrors = [];
  /** Whether the proxy drops the policy from every page, so that only the server's own defences are left. */
  withoutPolicy = false;
  /**
   * A script that every page runs before its own, as if an attacker had been there first.
   *
   * @type {string | undefined}
   */
  injected;
  /** Whether the proxy drops what browsers say of a request's context (Fetch Metadata), as some proxies do. */
  stripsMetadata = false;
  /**
   * Changes the answer to a request for `url`, or holds it up.
   *
   * @type {(url: string, answer: Answer) => unknown}
   */
  tamper = () => {};
  /**
   * Decides what the network does to a request.
   *
   * @type {(url: string) => Network}
   */
  network = () => {};

  /** @type {http.Server | https.Server} */
  #proxy;
  /** @type {Server | undefined} */
  #server;
  /** @type {string | undefined} */
  #folder;

  /**
   * Starts a server and its proxy, with TLS if `https` is set.
   *
   * @param {{ https?: boolean, serve?: (origin: string, folder: string) => Server | Promise<Server> }} options
   */
  static async start({ https: secure = false, serve = bank } = {}) {
    const demo = new Demo(secure ? await identity() : undefined);
    await once(demo.#proxy.listen(0, '127.0.0.1'), 'listening');
    const { port } = /** @type {import('node:net').AddressInfo} */ (demo.#proxy.address());
    demo.origin = `${secure ? 'https' : 'http'}://localhost:${port}`;
    demo.#folder = await mkdtemp(path.join(tmpdir(), 'symbolon-'));
    const server = await serve(demo.origin, demo.#folder);
    demo.#server = server;
    server.stderr.on('data', (/** @type {Buffer} */ chunk) => (demo.log += chunk));
    demo.address = await firstLine(server, () => demo.log);
    return demo;
  }

  /** @param {{ cert: string, key: string }} [identity] */
  constructor(identity) {
    /** @type {http.RequestListener} */
    const relay = (request, response) =>
      this.#relay(request, response).catch((error) => {
        if (!GIVEN_UP.has(error.code)) this.proxyErrors.push(error);
        response.destroy();
      });
    this.#proxy = identity ? https.createServer(identity, relay) : http.createServer(relay);
  }

  /** Closes connections that browsers keep for further requests. */
  closeIdleConnections() {
    this.#proxy.closeIdleConnections();
  }

  /** Sends the server an interrupt, as Ctrl-C does, and returns its exit status. */
  async interrupt() {
    const server = /** @type {Server} */ (this.#server);
    const ended = once(server, 'exit');
    server.kill('SIGINT');
    return (await ended)[0];
  }

  async stop() {
    this.#proxy.closeAllConnections();
    this.#proxy.close();
    if (this.#server) await end(this.#server);
    if (this.#folder) await rm(this.#folder, { recursive: true });
  }

  /**
   * @param {http.IncomingMessage} request
   * @param {http.ServerResponse} response
   */
  async #relay(request, response) {
    const { method = 'GET', url = '/', headers } = request;
    if (url.startsWith('/fetch/')) return this.fetchServer.answer(request, response);
    if (url === INJECTED) return response.setHeader('content-type', 'text/javascript').end(this.injected);
    const body = await read(request);
    const network = this.network(url);
    if (this.stripsMetadata) for (const name of Object.keys(headers)) if (name.startsWith('sec-fetch-')) delete headers[name];
    if (network === 'lost') return request.socket.destroy();
    if (typeof network === 'number') await sleep(network);
    const from = performance.now();
    /** @returns {Promise<[http.IncomingMessage, string | Buffer]>} */
    const ask = async () => {
      const outgoing = http.request(this.address + url, { method, headers, setHost: false });
      outgoing.on('error', () => response.destroy());
      outgoing.end(body);
      const [incoming] = await once(outgoing, 'response');
      return [incoming, isEndless(incoming) ? '' : await read(incoming)];
    };
    if (network === 'twice') await ask();
    let [incoming, answer] = await ask();
    const answerHeaders = { ...incoming.headers };
    /** @type {Exchange} */
    const exchange = { method, url, headers, body: String(body), status: Number(incoming.statusCode), answerHeaders, answer: String(answer), from, to: performance.now() };
    this.exchanges.push(exchange);
    if (isEndless(incoming)) return pass(incoming, response, exchange);
    if (answerHeaders['content-type']?.startsWith('text/html')) {
      if (this.withoutPolicy) delete answerHeaders['content-security-policy'];
      if (this.injected) {
        delete answerHeaders['content-length'];
        answer = String(answer).replace('<head>', `$&<script src="${INJECTED}"></script>`);
      }
    }
    if (network === 'unanswered') return request.socket.destroy();
    /** @type {Answer} */
    const passed = { status: Number(incoming.statusCode), headers: answerHeaders, body: answer };
    await this.tamper(url, passed);
    if (passed.body !== answer) delete passed.headers['content-length'];
    response.writeHead(passed.status, passed.headers).end(passed.body);
  }

  /** Every token that a request has carried, oldest first. */
  get tokens() {
    const bearers = this.exchanges.map(({ headers }) => headers.authorization?.replace('Bearer ', '') ?? '');
    return [...new Set(bearers.filter(Boolean))];
  }

  /** Every value that a cookie of Symbolon has had. */
  get cookies() {
    const headers = this.exchanges.flatMap(({ headers, answerHeaders }) => [headers.cookie ?? '', ...(answerHeaders['set-cookie'] ?? [])]);
    return [...new Set(headers.flatMap((header) => [...header.matchAll(COOKIE)].map(([, value]) => value)))];
  }

  /** Every secret that the server has told the script of a vault. */
  get vaultSecrets() {
    return this.exchanges.flatMap(({ answer }) => [...answer.matchAll(/"secret":"([\w-]+)"/g)].map(([, secret]) => secret));
  }

  /** Returns the bootstrap that a program gets with these cookies, if it claims to be a worker load. */
  async bootstrapElsewhere(cookie = '') {
    const site = { 'sec-fetch-dest': 'worker', 'sec-fetch-mode': 'same-origin', 'sec-fetch-site': 'same-origin' };
    // `fetch` would overwrite these headers.
    const [incoming] = await once(http.get(`${this.address}/auth/vault.js`, { headers: { ...site, cookie } }), 'response');
    const [, boot] = String(await read(incoming)).match(/const boot=(\{.*\});\n/) ?? [];
    if (!boot) throw new Error(`the bootstrap has no configuration: status ${incoming.statusCode}`);
    return JSON.parse(boot);
  }

  /**
   * Sends a request to the server from another program than the browser.
   *
   * @param {string} pathname
   * @param {Record<string, string>} headers
   */
  async elsewhere(pathname, headers) {
    return fetch(this.address + pathname, { headers });
  }
}

/** @type {Promise<{ cert: string, key: string }> | undefined} */
let made;

/** Returns a certificate and its key, made once for each file of tests. */
function identity() {
  made ??= promisify(execFile)(setting('SYMBOLON_CERTIFICATE')).then(({ stdout }) => ({ cert: stdout, key: stdout }));
  return made;
}

/** @param {http.IncomingMessage} incoming */
function isEndless({ headers }) {
  return headers['content-type'] === 'application/x-ndjson';
}

/**
 * Passes an endless answer on as it comes, until either side leaves.
 *
 * @param {http.IncomingMessage} incoming
 * @param {http.ServerResponse} response
 * @param {Exchange} exchange
 */
function pass(incoming, response, exchange) {
  response.writeHead(exchange.status, exchange.answerHeaders).flushHeaders();
  response.on('close', () => {
    exchange.to = performance.now();
    exchange.isOver = true;
    incoming.destroy();
  });
  incoming.on('error', () => response.destroy());
  incoming.on('data', (chunk) => {
    exchange.answer += chunk;
    response.write(chunk);
  });
  incoming.on('end', () => response.end());
}

/** @param {import('node:stream').Readable} stream */
async function read(stream) {
  const chunks = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}
