/**
 * WebKit, over the WebDriver protocol: as much of puppeteer's `Browser` and `Page` as the tests for every engine use.
 *
 * There is no way here to run something before a page's own scripts; `Demo.injected` does that for all engines.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import net from 'node:net';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';

const PATIENCE = 30_000;

/** Starts `driver`, and with it a browser that trusts every certificate, on a screen of its own that `xvfb` makes up. */
export async function launchWebKit({ driver, xvfb }) {
  const programs = [];
  try {
    const screen = spawn(xvfb, ['-displayfd', '3'], { stdio: ['ignore', 'ignore', 'ignore', 'pipe'] });
    programs.push(screen);
    const [display] = await once(createInterface({ input: screen.stdio[3] }), 'line');
    const port = await freePort();
    // The sandbox cannot be set up by root, nor in most containers.
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

class Browser {
  #session;
  #programs;
  #last = Promise.resolve();

  constructor(session, programs) {
    this.#session = session;
    this.#programs = programs;
  }

  async newPage() {
    const [first] = await this.#next(() => command('GET', `${this.#session}/window/handles`));
    // A window, and no tab: tabs that are not in front are slow.
    const { handle } = await this.#in(first, 'POST', '/window/new', { type: 'window' });
    return new Page((...what) => this.#in(handle, ...what));
  }

  async close() {
    await this.#next(() => command('DELETE', this.#session));
    for (const program of this.#programs) program.kill();
  }

  #in(handle, method, path, body) {
    return this.#next(async () => {
      await command('POST', `${this.#session}/window`, { handle });
      return command(method, this.#session + path, body);
    });
  }

  /** One after the other, because a command goes to the window that was chosen last. */
  #next(act) {
    this.#last = this.#last.then(act, act);
    return this.#last;
  }
}

class Page {
  #command;

  constructor(command) {
    this.#command = command;
  }

  goto = (url) => this.#command('POST', '/url', { url });
  reload = () => this.#command('POST', '/refresh', {});
  close = () => this.#command('DELETE', '/window');
  /** Nothing is before it. */
  bringToFront = async () => {};

  evaluate = (what, ...args) => this.#run(`(${what})(...args)`, args);
  $eval = (selector, what, ...args) => this.#run(`(${what})(document.querySelector(args.shift()), ...args)`, [selector, ...args]);

  waitForFunction = (what, options, ...args) => until(() => this.evaluate(what, ...args), `it never came true: ${what}`);
  waitForSelector = (selector) => this.waitForFunction((selector) => document.querySelector(selector) !== null, {}, selector);

  async click(selector) {
    await this.#command('POST', `${await this.#find(selector)}/click`, {});
  }

  async type(selector, text) {
    await this.#command('POST', `${await this.#find(selector)}/value`, { text });
  }

  async #find(selector) {
    const reference = await this.#command('POST', '/element', { using: 'css selector', value: selector });
    return `/element/${Object.values(reference)[0]}`;
  }

  async #run(expression, args) {
    // Without `then`, which the page may have replaced.
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

async function command(method, url, body) {
  const answer = await fetch(url, { method, body: JSON.stringify(body) });
  const { value } = await answer.json();
  if (!answer.ok) throw new Error(`${value.error}: ${value.message}`);
  return value;
}

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
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}
