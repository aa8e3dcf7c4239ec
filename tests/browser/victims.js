/** Whom attacks are tried on, behind one interface; and the attacker's own server, to which loot is sent. */
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import http from 'node:http';
import { tools } from '../../www/attacks/index.js';
import { PASSWORD, signedIn } from './harness.js';

const file = (name) => readFile(new URL(name, import.meta.url));
const UPLOAD = await file('../../www/attacks/upload.js');
const CLIENT = await file('../../wasm-client/dist/index.js');

/** Longer than anything in an attack may take: what has not ended by then has failed, and is not safe. */
const PATIENCE = 25_000;

/** Writes down every request that reaches it, and invites more. */
export class Attacker {
  heard = [];

  static async start() {
    const attacker = new Attacker();
    attacker.server = http.createServer(async (request, response) => {
      let body = '';
      for await (const chunk of request) body += chunk;
      const { method, url, headers } = request;
      attacker.heard.push({ method, url, headers, body });
      const asked = headers['access-control-request-headers'] ?? '*';
      for (const name of ['origin', 'methods', 'headers']) response.setHeader(`access-control-allow-${name}`, name === 'headers' ? asked : '*');
      response.setHeader('cross-origin-resource-policy', 'cross-origin');
      const back = new URL(url, attacker.origin).searchParams.get('back');
      if (back && method !== 'OPTIONS') return response.writeHead(307, { location: back }).end();
      if (url === '/ran.js') return response.setHeader('content-type', 'text/javascript').end('self.ran = 1');
      if (url === '/pixel.svg') response.setHeader('content-type', 'image/svg+xml').write('<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"/>');
      response.end();
    });
    await once(attacker.server.listen(0, '127.0.0.1'), 'listening');
    // 127.0.0.1 is another site than localhost.
    attacker.origin = `http://127.0.0.1:${attacker.server.address().port}`;
    return attacker;
  }

  stop() {
    this.server.closeAllConnections();
    this.server.close();
  }
}

/**
 * A server of ours, with its policy or without, and with what an attacker may find on an origin.
 *
 * Without it, what holds is the vault's and the server's own defence: the worker's own policy can be dropped, too.
 */
export class Symbolon {
  script = '/auth/vault.js';
  echo = '/api/echo';
  credentials = { name: 'ann', password: PASSWORD };
  /** A client of the attacker's own making, from the page half that anybody can get. */
  lend = `import('/symbolon.js').then(async ({ createAuthClient }) => {
    const auth = createAuthClient();
    await auth.ready;
    return auth.fetch;
  })`;

  constructor(demo, { policy, workerPolicy = true, tamper = () => {} }) {
    Object.assign(this, { demo, policy, workerPolicy, tamper, origin: demo.origin });
  }

  /** Has the proxy let this victim be seen. */
  appear() {
    this.demo.withoutPolicy = !this.policy;
    this.demo.tamper = (url, answer) => {
      const there = (body) => Object.assign(answer, { status: 200, body, headers: { 'content-type': 'text/javascript' } });
      const { pathname, searchParams } = new URL(url, this.origin);
      // What the server refuses to serve, it refuses of these, too.
      if (answer.status === 404 && pathname === '/upload.js') there(UPLOAD);
      if (answer.status === 404 && pathname === '/symbolon.js') there(CLIENT);
      if (pathname === '/api/redirect') redirect(answer, searchParams.get('to'), Number(searchParams.get('status') ?? 302));
      if (pathname === this.script && !this.workerPolicy) delete answer.headers['content-security-policy'];
      this.tamper(pathname, answer);
    };
  }

  get secrets() {
    const { tokens, cookies, vaultSecrets } = this.demo;
    // The signature is the part of a token that opens doors.
    return [...tokens, ...tokens.map((token) => token.split('.')[2]), ...cookies, ...vaultSecrets];
  }

  async ready(page) {
    await signedIn(page);
  }
}

/** Makes an answer lead elsewhere. */
export function redirect(answer, location, status = 307) {
  Object.assign(answer, { status, body: '', headers: { ...answer.headers, location } });
}

/** What runs in a page before its own scripts: the tools, and what attacks plant. */
export function attackScript(victim, attacker, attacks, more = {}) {
  const { script, echo, credentials } = victim;
  const target = { script, echo, redirect: '/api/redirect', credentials, evil: attacker.origin, upload: '/upload.js', ...more };
  return `window.attack = (${tools})(${JSON.stringify(target)});\n${attacks.map(planting).join('\n')}`;
}

const planting = ({ plant }) => (plant ? `(${plant})(window.attack);` : '');

/** Tries an attack in a tab of its own: what it said, what it saw, and in which places a secret stood. */
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
    const taken = (text) => victim.secrets.some((secret) => text.includes(secret));
    const places = Object.keys(seen).filter((place) => taken(seen[place].join('\n')));
    if (heard.some((request) => taken(JSON.stringify(request)))) places.push('attacker');
    return { said, places, heard };
  } finally {
    await page.close();
  }
}

function within(milliseconds, promise, complaint) {
  let timer;
  const late = new Promise((_, reject) => (timer = setTimeout(() => reject(new Error(complaint)), milliseconds)));
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}
