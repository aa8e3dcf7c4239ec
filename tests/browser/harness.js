/** The demo server, a proxy that writes down all that passes, and real browsers. */
import { execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import http from 'node:http';
import https from 'node:https';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { after, before } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import puppeteer from 'puppeteer-core';
import { FetchServer } from './fetch-server.js';
import { launchWebKit } from './webkit.js';

/** What puppeteer drives. */
export const BROWSERS = ['chromium', 'firefox'];
/** These and WebKit, for tests that are content with what `webkit.js` can do. */
export const ENGINES = [...BROWSERS, 'webkit'];
export const PASSWORD = 'open sesame';
/** At the server of the whole-system tests. */
export const HOST_PASSWORD = 'correct horse battery staple';
const [CHROMIUM, FIREFOX, SERVER, NODE] = ['CHROMIUM', 'FIREFOX', 'SYMBOLON_WWW', 'SYMBOLON_NODE'].map(setting);
const INJECTED = '/injected.js';
const COOKIE = /__Host-Http-symbolon(?:-refresh|-vault)?=([\w-]+)/g;

function setting(name) {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: run these tests with \`cargo xtask test\``);
  return value;
}

/** For `describe`: why there are no tests in an engine here, if so. */
export function where(name) {
  return { skip: name === 'webkit' && process.platform !== 'linux' && 'WebKitGTK exists on Linux only' };
}

async function launch(name) {
  if (name === 'webkit') return launchWebKit({ driver: setting('WEBKIT_DRIVER'), xvfb: setting('XVFB') });
  if (name === 'firefox') {
    return puppeteer.launch({ browser: 'firefox', executablePath: FIREFOX, headless: true });
  }
  // A host that is not this machine by its name, so that plain http to it is insecure.
  const args = ['--host-resolver-rules=MAP app.test 127.0.0.1', '--js-flags=--expose-gc', '--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu', '--disable-background-networking'];
  // As people have it; puppeteer switches the back-forward cache off.
  const ignoreDefaultArgs = ['--disable-back-forward-cache'];
  return puppeteer.launch({ executablePath: CHROMIUM, headless: true, args, ignoreDefaultArgs });
}

/** WebKit takes no `Secure` cookie without TLS, not even from localhost. */
export function needsTls(name) {
  return name === 'webkit';
}

/** Sets up `demo`, `browser` and `page` before the tests of a suite, and takes them down after, whatever happens. */
export function fixture(name, start = () => Demo.start({ https: needsTls(name) })) {
  const fixture = {};
  before(async () => {
    fixture.demo = await start();
    fixture.browser = await launch(name);
    fixture.page = await fixture.browser.newPage();
  });
  after(async () => {
    await fixture.browser?.close();
    await fixture.demo?.stop();
  });
  return fixture;
}

/** The demo's server; without an `origin`, browsers call it by its own address. */
export function bank(origin, folder, ...more) {
  const options = ['--listen', '127.0.0.1:0', '--store', path.join(folder, 'demo.db'), ...more];
  if (origin) options.push('--origin', origin);
  return spawn(SERVER, options, { env: { ...process.env, RUST_LOG: 'trace' } });
}

/** The server of the whole-system tests: its pages are rendered, and its API echoes. It takes settings from `more`. */
export function host(origin, folder, more = {}) {
  const env = { ...process.env, SEEN: origin, SYMBOLON_KEYS: randomBytes(32).toString('base64url'), ...more };
  return spawn(NODE, [path.join(folder, 'sessions.db')], { env });
}

/** A server behind a proxy. `origin` is what the browser sees; `exchanges` is all that it said and heard. */
export class Demo {
  exchanges = [];
  /** Endpoints for trying `fetch`, below `/range`. */
  range = new FetchServer();
  log = '';
  /** Drops the policy from every page, so that only the server's own defences are left. */
  withoutPolicy = false;
  /** What every page runs before its own scripts, as if somebody had got their script in first. */
  injected;
  /** Changes what passes, or holds it up: the `{ status, headers, body }` of the answer to a request for `url`. */
  tamper = (_url, _answer) => {};

  /** Takes away what browsers say of where a request comes from, as some proxies do. */
  stripsMetadata = false;
  /**
   * What becomes of a request: it is `lost`, goes `unanswered` although the server has done it, comes `twice`, or late by
   * so many milliseconds.
   */
  network = (_url) => {};

  /** With TLS where that is wanted. */
  static async start({ https: secure = false, serve = bank } = {}) {
    const demo = new Demo();
    const relay = (request, response) => demo.#relay(request, response);
    demo.proxy = secure ? https.createServer(await identity(), relay) : http.createServer(relay);
    await once(demo.proxy.listen(0, '127.0.0.1'), 'listening');
    demo.origin = `${secure ? 'https' : 'http'}://localhost:${demo.proxy.address().port}`;
    demo.folder = await mkdtemp(path.join(tmpdir(), 'symbolon-'));
    demo.server = await serve(demo.origin, demo.folder);
    demo.server.stderr.on('data', (chunk) => (demo.log += chunk));
    const [address] = await once(createInterface({ input: demo.server.stdout }), 'line');
    demo.address = address;
    return demo;
  }

  async stop() {
    this.server.kill('SIGINT');
    this.proxy.closeAllConnections();
    this.proxy.close();
    await rm(this.folder, { recursive: true });
  }

  async #relay(request, response) {
    if (request.url.startsWith('/range/')) return this.range.answer(request, response);
    const { method, url, headers } = request;
    if (url === INJECTED) return response.setHeader('content-type', 'text/javascript').end(this.injected);
    const body = await read(request);
    const network = this.network(url);
    if (this.stripsMetadata) for (const name of Object.keys(headers)) if (name.startsWith('sec-fetch-')) delete headers[name];
    if (network === 'lost') return request.socket.destroy();
    if (network > 0) await sleep(network);
    const from = performance.now();
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
    const exchange = { method, url, headers, body: String(body), status: incoming.statusCode, answerHeaders, answer: String(answer), from, to: performance.now() };
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
    const passed = { status: incoming.statusCode, headers: answerHeaders, body: answer };
    await this.tamper(url, passed);
    if (passed.body !== answer) delete passed.headers['content-length'];
    response.writeHead(passed.status, passed.headers).end(passed.body);
  }

  /** Every token that a request bore, oldest first. */
  get tokens() {
    const bearers = this.exchanges.map(({ headers }) => headers.authorization?.replace('Bearer ', ''));
    return [...new Set(bearers.filter(Boolean))];
  }

  /** Every value that a cookie of ours ever had. */
  get cookies() {
    const headers = this.exchanges.flatMap(({ headers, answerHeaders }) => [headers.cookie, ...(answerHeaders['set-cookie'] ?? [])]);
    return [...new Set(headers.filter(Boolean).flatMap((header) => [...header.matchAll(COOKIE)].map(([, value]) => value)))];
  }

  /** Every secret that a vault's script was told. */
  get vaultSecrets() {
    return this.exchanges.flatMap(({ answer }) => [...answer.matchAll(/"secret":"([\w-]+)"/g)].map(([, secret]) => secret));
  }

  /** The bootstrap as a program gets it that says what a worker load would, with these cookies. */
  async bootstrapElsewhere(cookie = '') {
    const site = { 'sec-fetch-dest': 'worker', 'sec-fetch-mode': 'same-origin', 'sec-fetch-site': 'same-origin' };
    // Not with `fetch`, which says itself what it fetches.
    const [incoming] = await once(http.get(`${this.address}/auth/vault.js`, { headers: { ...site, cookie } }), 'response');
    return JSON.parse(String(await read(incoming)).match(/const boot=(\{.*\});\n/)[1]);
  }

  /** Sends a request from nowhere near the browser. */
  async elsewhere(pathname, headers) {
    return fetch(this.address + pathname, { headers });
  }
}

/** A certificate and its key, made on the spot. */
async function identity() {
  const { stdout } = await promisify(execFile)(setting('SYMBOLON_CERTIFICATE'));
  return { cert: stdout, key: stdout };
}

function isEndless({ headers }) {
  return headers['content-type'] === 'application/x-ndjson';
}

/** Passes on what comes while it comes, until either side has had enough. */
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

async function read(stream) {
  const chunks = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}

export async function signIn(page, name = 'ann') {
  await page.waitForSelector('#signed-out:not([hidden])');
  await page.type('[name=name]', name);
  await page.type('[name=password]', PASSWORD);
  await page.click('#sign-in button');
  await signedIn(page);
}

export async function signedIn(page) {
  await page.waitForSelector('#signed-in:not([hidden])');
  await page.waitForSelector('#notes li');
}

export async function signOut(page) {
  await page.click('#sign-out');
  await page.waitForSelector('#signed-out:not([hidden])');
  // The page is signed out at once, and then the server is told.
  await page.waitForFunction(() => localStorage.getItem('symbolon:sign-out') === null);
}

export async function writeNote(page, text) {
  await page.type('[name=text]', text);
  await page.click('#write button');
  await page.waitForFunction((text) => document.querySelector('#notes .text')?.textContent === text, {}, text);
}
