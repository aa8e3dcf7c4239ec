/** The victims of attacks, behind one interface, and the attacker's own server, to which stolen secrets are sent. */
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import http from 'node:http';
import { tools } from '../../www/attacks/index.js';
import { PASSWORD, signedIn } from './harness.js';

/** @type {(name: string) => Promise<Buffer>} */
const file = (name) => readFile(new URL(name, import.meta.url));
const UPLOAD = await file('../../www/attacks/upload.js');
const CLIENT = await file('../../wasm-client/dist/index.js');

/** The longest time that an attack may take, in milliseconds. One that has not ended by then has proved nothing. */
const PATIENCE = 25_000;

/** @typedef {import('./demo-server.js').Demo} Demo */
/** @typedef {import('./demo-server.js').Answer} Answer */
/** @typedef {{ method?: string, url: string, headers: http.IncomingHttpHeaders, body: string }} Heard */
/** @typedef {import('../../www/attacks/index.js').Attack} Attack */
/**
 * A page to attack. Its `secrets` are everything that only its server and its client may know.
 *
 * @typedef {object} Victim
 * @property {string} origin
 * @property {string} script Where its worker's script is.
 * @property {string} echo Where a handler answers with the headers of a request.
 * @property {object} credentials
 * @property {string} lend An expression that gives a client of the victim to the attacker.
 * @property {string[]} secrets
 * @property {() => void} [appear] Makes the proxy show this victim.
 * @property {(page: any) => Promise<unknown>} ready Waits until the page works.
 */

/** A server that records every request, and lets every origin read its answers. */
export class Attacker {
  /** @type {Heard[]} */
  heard = [];
  origin = '';
  /** @type {http.Server} */
  #server;

  static async start() {
    const attacker = new Attacker();
    await once(attacker.#server.listen(0, '127.0.0.1'), 'listening');
    const { port } = /** @type {import('node:net').AddressInfo} */ (attacker.#server.address());
    // 127.0.0.1 is another site than localhost.
    attacker.origin = `http://127.0.0.1:${port}`;
    return attacker;
  }

  constructor() {
    this.#server = http.createServer((request, response) => this.#answer(request, response));
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
    const { method, url = '/', headers } = request;
    this.heard.push({ method, url, headers, body });
    const asked = headers['access-control-request-headers'] ?? '*';
    for (const name of ['origin', 'methods', 'headers']) response.setHeader(`access-control-allow-${name}`, name === 'headers' ? asked : '*');
    response.setHeader('cross-origin-resource-policy', 'cross-origin');
    const back = new URL(url, this.origin).searchParams.get('back');
    if (back && method !== 'OPTIONS') return response.writeHead(307, { location: back }).end();
    if (url === '/ran.js') return response.setHeader('content-type', 'text/javascript').end('self.ran = 1');
    if (url === '/pixel.svg') response.setHeader('content-type', 'image/svg+xml').write('<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"/>');
    response.end();
  }
}

/**
 * The demo's server as a victim, with its policy or without, and with files of the attacker on its origin.
 *
 * Without the policy, only the defences of vault and server are left. The worker's policy can be dropped, too.
 */
export class Symbolon {
  script = '/auth/vault.js';
  echo = '/api/echo';
  credentials = { name: 'ann', password: PASSWORD };
  /** A client that the attacker makes from the page half, which anybody can load. */
  lend = `import('/symbolon.js').then(async ({ createAuthClient }) => {
    const auth = createAuthClient();
    await auth.ready;
    return auth.fetch;
  })`;

  /**
   * @param {Demo} demo
   * @param {{ policy: boolean, workerPolicy?: boolean, tamper?: (pathname: string, answer: Answer) => void }} options
   */
  constructor(demo, { policy, workerPolicy = true, tamper = () => {} }) {
    this.demo = demo;
    this.policy = policy;
    this.workerPolicy = workerPolicy;
    this.tamper = tamper;
    this.origin = demo.origin;
  }

  /** Makes the proxy show this victim. */
  appear() {
    this.demo.withoutPolicy = !this.policy;
    this.demo.tamper = (url, answer) => {
      /** @type {(body: Buffer) => unknown} */
      const there = (body) => Object.assign(answer, { status: 200, body, headers: { 'content-type': 'text/javascript' } });
      const { pathname, searchParams } = new URL(url, this.origin);
      // The server refuses service workers, and these files must not get around that.
      if (answer.status === 404 && pathname === '/upload.js') there(UPLOAD);
      if (answer.status === 404 && pathname === '/symbolon.js') there(CLIENT);
      if (pathname === '/api/redirect') redirect(answer, searchParams.get('to') ?? '/', Number(searchParams.get('status') ?? 302));
      if (pathname === this.script && !this.workerPolicy) delete answer.headers['content-security-policy'];
      this.tamper(pathname, answer);
    };
  }

  get secrets() {
    const { tokens, cookies, vaultSecrets } = this.demo;
    // A token works only with its signature, so the signature alone is a secret, too.
    return [...tokens, ...tokens.map((token) => token.split('.')[2]), ...cookies, ...vaultSecrets];
  }

  /** @param {any} page */
  async ready(page) {
    await signedIn(page);
  }
}

/**
 * Turns an answer into a redirect.
 *
 * @param {Answer} answer
 * @param {string} location
 */
export function redirect(answer, location, status = 307) {
  Object.assign(answer, { status, body: '', headers: { ...answer.headers, location } });
}

/**
 * Returns what runs in a page before its own scripts: the tools, and what the attacks plant.
 *
 * @param {Victim} victim
 * @param {{ origin: string }} attacker
 * @param {Attack[]} attacks
 */
export function attackScript(victim, attacker, attacks, more = {}) {
  const { script, echo, credentials } = victim;
  const target = { script, echo, redirect: '/api/redirect', credentials, evil: attacker.origin, upload: '/upload.js', ...more };
  return `window.attack = (${tools})(${JSON.stringify(target)});\n${attacks.map(planting).join('\n')}`;
}

/** @type {(attack: Attack) => string} */
const planting = ({ plant }) => (plant ? `(${plant})(window.attack);` : '');

/**
 * Runs an attack in a tab of its own, and returns what it said, what the attacker heard, and the places where it found
 * a secret.
 *
 * @param {{ newPage(): Promise<any> }} browser
 * @param {Attacker} attacker
 * @param {Victim} victim
 * @param {Attack} attack
 * @param {{ late?: boolean, more?: object }} options
 */
export async function runAttack(browser, attacker, victim, attack, { late = false, more } = {}) {
  victim.appear?.();
  const before = attacker.heard.length;
  const page = await browser.newPage();
  try {
    await page.evaluateOnNewDocument(attackScript(victim, attacker, late ? [] : [attack], more));
    await page.goto(victim.origin);
    if (!attack.unready) await victim.ready(page);
    const act = `(async () => {
      ${attack.lent ? `window.attack.request = await (${victim.lend});` : ''}
      ${late ? planting(attack) : ''}
      const said = await (${attack.run})(window.attack);
      return { said, seen: await window.attack.deliver() };
    })()`;
    const { said, seen } = await within(PATIENCE, page.evaluate(act), `${attack.id} has not ended`);
    const heard = attacker.heard.slice(before);
    /** @type {(text: string) => boolean} */
    const taken = (text) => victim.secrets.some((secret) => text.includes(secret));
    const places = Object.keys(seen).filter((place) => taken(seen[place].join('\n')));
    if (heard.some((request) => taken(JSON.stringify(request)))) places.push('attacker');
    return { said, places, heard };
  } finally {
    await page.close();
  }
}

/**
 * @template T
 * @param {number} milliseconds
 * @param {Promise<T>} promise
 * @param {string} complaint
 * @returns {Promise<T>}
 */
function within(milliseconds, promise, complaint) {
  /** @type {NodeJS.Timeout} */
  let timer;
  const late = /** @type {Promise<never>} */ (new Promise((_, reject) => (timer = setTimeout(() => reject(new Error(complaint)), milliseconds))));
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}
