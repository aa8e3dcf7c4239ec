/** The fixture of every browser test: a server with an empty store, a browser context without cookies, and a page. */
import { after, afterEach, beforeEach } from 'node:test';
import { launch, needsTls } from './browsers.js';
import { Demo } from './demo-server.js';
import { keepFailure, listen } from './failures.js';

/** @typedef {{ origin: string, stop(): unknown }} Startable */
/**
 * What a test of a suite may use. All but the browser is made before each test, and is gone after it.
 *
 * Puppeteer and `webkit.js` share no type, so the parts of a browser have none here.
 *
 * @template {Startable} S
 * @typedef {object} Fixture
 * @property {import('./browsers.js').Engine} engine
 * @property {S} demo The server.
 * @property {any} browser The browser, which the tests of a suite share.
 * @property {any[]} contexts Every context of the test.
 * @property {any} context A part of the browser with cookies and storage of its own.
 * @property {any} page A page in that context.
 * @property {() => Promise<any>} newContext Makes another context, for another person.
 * @property {string[]} messages What the pages have written to their consoles.
 * @property {string[]} pageErrors What no script of the pages has caught.
 * @property {() => unknown} check Fails a test that has passed so far, if something is wrong after it.
 * @property {() => string[]} secrets Secrets beside those of `demo`, which no report of a failure may show.
 */

/**
 * Sets up a server, a browser context and a page before each test, and takes them down after it, whatever happens.
 *
 * A test that fails is kept in `target/browser-failures`, and the command that runs it alone is printed.
 *
 * @template {Startable} [S=Demo]
 * @param {import('./browsers.js').Engine} engine
 * @param {() => Promise<S>} [start]
 * @returns {Fixture<S>}
 */
export function fixture(engine, start) {
  const serve = start ?? (() => /** @type {Promise<any>} */ (Demo.start({ https: needsTls(engine) })));
  const suite = /** @type {Fixture<S>} */ (/** @type {unknown} */ ({ engine, contexts: [], check: () => {}, secrets: () => [] }));
  suite.newContext = async () => {
    const context = await suite.browser.createBrowserContext();
    suite.contexts.push(context);
    listen(context, suite);
    return context;
  };
  beforeEach(async () => {
    Object.assign(suite, { demo: undefined, contexts: [], context: undefined, page: undefined, messages: [], pageErrors: [] });
    if (suite.browser?.connected === false) suite.browser = undefined;
    suite.browser ??= await launch(engine);
    suite.demo = await serve();
    suite.context = await suite.newContext();
    suite.page = await suite.context.newPage();
  });
  afterEach(async (context) => {
    const test = /** @type {import('./failures.js').Ended} */ (/** @type {unknown} */ (context));
    try {
      if (test.error) return await keepFailure(test, suite, test.error);
      try {
        suite.check();
        const [broken] = /** @type {any} */ (suite.demo)?.proxyErrors ?? [];
        if (broken) throw broken;
      } catch (error) {
        await keepFailure(test, suite, error);
        throw error;
      }
    } finally {
      // The network works again, so that a context can clear its cookies.
      Object.assign(suite.demo ?? {}, { network: () => {}, tamper: () => {} });
      try {
        for (const context of suite.contexts) await context.close();
      } finally {
        await suite.demo?.stop();
      }
    }
  });
  after(() => suite.browser?.close());
  return suite;
}
