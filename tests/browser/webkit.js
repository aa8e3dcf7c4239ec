/**
 * WebKit over the WebDriver protocol: the part of puppeteer's interface that tests for every engine use.
 *
 * WebDriver cannot run a script before a page's own. `Demo.injected` does that for all engines.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import net from 'node:net';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';

const PATIENCE = 30_000;

/**
 * Starts `driver`, and with it a browser that trusts every certificate, on a screen of its own from `xvfb`.
 *
 * @param {{ driver: string, xvfb: string }} programs
 */
export async function launchWebKit({ driver, xvfb }) {
  /** @type {import('node:child_process').ChildProcess[]} */
  const programs = [];
  try {
    const screen = spawn(xvfb, ['-displayfd', '3'], { stdio: ['ignore', 'ignore', 'ignore', 'pipe'] });
    programs.push(screen);
    const [display] = await once(createInterface({ input: /** @type {import('node:stream').Readable} */ (screen.stdio[3]) }), 'line');
    const port = await freePort();
    // Root cannot set up the sandbox, and most containers cannot, either.
    const env = { ...process.env, DISPLAY: `:${display}`, WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS: '1', LIBGL_ALWAYS_SOFTWARE: '1' };
    programs.push(spawn(driver, ['--host=127.0.0.1', `--port=${port}`], { env, stdio: 'ignore' }));
    const address = `http://127.0.0.1:${port}`;
    await until(() => command('GET', `${address}/status`).then(() => true, () => false), 'the driver does not start');
    const capabilities = { alwaysMatch: { acceptInsecureCerts: true } };
    const { sessionId } = await command('POST', `${address}/session`, { capabilities });
    return new Browser(`${address}/session/${sessionId}`, programs);
  } catch (error) {
    for (const program of programs) program.kill();
    throw error;
  }
}

/** A WebKit browser with one automated session. */
export class Browser {
  /** @type {string} */
  #session;
  /** @type {import('node:child_process').ChildProcess[]} */
  #programs;
  /** @type {Promise<any>} */
  #last = Promise.resolve();

  /**
   * @param {string} session
   * @param {import('node:child_process').ChildProcess[]} programs
   */
  constructor(session, programs) {
    this.#session = session;
    this.#programs = programs;
  }

  async createBrowserContext() {
    return new BrowserContext(() => this.#newPage());
  }

  async #newPage() {
    const [first] = await this.#next(() => command('GET', `${this.#session}/window/handles`));
    // A new window, because tabs in the background are slow.
    const { handle } = await this.#in(first, 'POST', '/window/new', { type: 'window' });
    return new Page((...what) => this.#in(handle, ...what));
  }

  async close() {
    await this.#next(() => command('DELETE', this.#session));
    for (const program of this.#programs) program.kill();
  }

  /**
   * @param {string} handle
   * @param {string} method
   * @param {string} path
   * @param {object} [body]
   */
  #in(handle, method, path, body) {
    return this.#next(async () => {
      await command('POST', `${this.#session}/window`, { handle });
      return command(method, this.#session + path, body);
    });
  }

  /**
   * Runs one command after the other, because a command goes to the window that was chosen last.
   *
   * @param {() => Promise<any>} act
   */
  #next(act) {
    this.#last = this.#last.then(act, act);
    return this.#last;
  }
}

/**
 * Windows that share cookies and storage with each other, and with none that comes after them.
 *
 * Contexts follow one another: WebDriver knows none, so closing one deletes the cookies that it has left. Storage is
 * bound to an origin, and every test has a server with an origin of its own.
 */
export class BrowserContext {
  /** @type {() => Promise<Page>} */
  #open;
  /** @type {Page[]} */
  #pages = [];

  /** @param {() => Promise<Page>} open */
  constructor(open) {
    this.#open = open;
  }

  async newPage() {
    const page = await this.#open();
    this.#pages.push(page);
    return page;
  }

  async pages() {
    return this.#pages.filter(({ isClosed }) => !isClosed);
  }

  async close() {
    const hosts = new Map(this.#pages.flatMap(({ visited }) => visited).map((url) => [new URL(url).hostname, url]));
    for (const page of await this.pages()) await page.close();
    if (hosts.size === 0) return;
    const cleaner = await this.#open();
    for (const url of hosts.values()) await cleaner.deleteCookies(new URL('/robots.txt', url).href);
    await cleaner.close();
  }
}

/** A window of WebKit. */
export class Page {
  /** @type {(method: string, path: string, body?: object) => Promise<any>} */
  #command;
  isClosed = false;
  /**
   * The addresses that a test has opened in it.
   *
   * @type {string[]}
   */
  visited = [];

  /** @param {(method: string, path: string, body?: object) => Promise<any>} command */
  constructor(command) {
    this.#command = command;
  }

  /** @param {string} url */
  async goto(url) {
    this.visited.push(url);
    await this.#command('POST', '/url', { url });
  }

  async close() {
    this.isClosed = true;
    await this.#command('DELETE', '/window');
  }

  /**
   * Deletes the cookies of the host of `url`, HttpOnly ones included.
   *
   * @param {string} url
   */
  async deleteCookies(url) {
    await this.#command('POST', '/url', { url });
    await this.#command('DELETE', '/cookie');
  }

  /** @param {{ path: string }} options */
  async screenshot({ path }) {
    await writeFile(path, Buffer.from(await this.#command('GET', '/screenshot'), 'base64'));
  }

  reload = () => this.#command('POST', '/refresh', {});
  content = () => this.#command('GET', '/source');
  /** Does nothing: every window is in front. */
  bringToFront = async () => {};

  /** @type {(what: Function | string, ...args: any[]) => Promise<any>} */
  evaluate = (what, ...args) => this.#run(`(${what})(...args)`, args);
  /** @type {(selector: string, what: Function, ...args: any[]) => Promise<any>} */
  $eval = (selector, what, ...args) => this.#run(`(${what})(document.querySelector(args.shift()), ...args)`, [selector, ...args]);

  /** @type {(what: Function | string, options?: object, ...args: any[]) => Promise<void>} */
  waitForFunction = (what, _options, ...args) => until(() => this.evaluate(what, ...args), `it never came true: ${what}`);
  /** @type {(selector: string) => Promise<void>} */
  waitForSelector = (selector) => this.waitForFunction((/** @type {string} */ selector) => document.querySelector(selector) !== null, {}, selector);

  /** @param {string} selector */
  async click(selector) {
    await this.#command('POST', `${await this.#find(selector)}/click`, {});
  }

  /**
   * @param {string} selector
   * @param {string} text
   */
  async type(selector, text) {
    await this.#command('POST', `${await this.#find(selector)}/value`, { text });
  }

  /** @param {string} selector */
  async #find(selector) {
    const reference = await this.#command('POST', '/element', { using: 'css selector', value: selector });
    return `/element/${Object.values(reference)[0]}`;
  }

  /**
   * @param {string} expression
   * @param {any[]} args
   */
  async #run(expression, args) {
    // The page may have replaced `then`, so this uses `await`.
    const script = `const [args, done] = arguments;
      (async () => {
        try {
          done({ value: await ${expression} });
        } catch (error) {
          done({ error: String(error) });
        }
      })();`;
    const { value, error } = await this.#command('POST', '/execute/async', { script, args: [args] });
    if (error) throw new Error(error);
    return value;
  }
}

/**
 * @param {string} method
 * @param {string} url
 * @param {object} [body]
 * @returns {Promise<any>}
 */
async function command(method, url, body) {
  const answer = await fetch(url, { method, body: JSON.stringify(body) ?? null });
  const { value } = /** @type {any} */ (await answer.json());
  if (!answer.ok) throw new Error(`${value.error}: ${value.message}`);
  return value;
}

/**
 * @param {() => Promise<unknown>} holds
 * @param {string} complaint
 */
async function until(holds, complaint) {
  const deadline = Date.now() + PATIENCE;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(complaint);
    await sleep(50);
  }
}

async function freePort() {
  const server = net.createServer();
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  server.close();
  await once(server, 'close');
  return port;
}
