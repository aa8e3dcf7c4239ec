/** The browsers that the tests drive: which of them are asked for, and how each is started. */
import puppeteer from 'puppeteer-core';
import { setting } from './settings.js';
import { launchWebKit } from './webkit.js';

/** @typedef {'chromium' | 'firefox' | 'webkit'} Engine */
/** @typedef {import('puppeteer-core').Browser | import('./webkit.js').Browser} Browser */
/** @typedef {import('puppeteer-core').BrowserContext | import('./webkit.js').BrowserContext} BrowserContext */
/** @typedef {import('puppeteer-core').Page | import('./webkit.js').Page} Page */

/** Limits all suites to one engine, if it is set. */
const ONLY = process.env.SYMBOLON_ENGINE;
/** @type {Engine[]} */
const ALL = ['chromium', 'firefox', 'webkit'];
if (ONLY && !ALL.some((engine) => engine === ONLY)) {
  throw new Error(`SYMBOLON_ENGINE is '${ONLY}': set it to ${ALL.join(', ')}, or leave it out for all of them`);
}

/** The engines that the tests run in. */
export const ENGINES = ALL.filter((engine) => !ONLY || engine === ONLY);
/** The engines that puppeteer drives, and not `webkit.js`, which can do less. */
export const BROWSERS = ENGINES.filter((engine) => engine !== 'webkit');

/**
 * Returns the options of `describe` for a suite in an engine: why it is skipped, if it is.
 *
 * @param {Engine} engine
 */
export function where(engine) {
  if (!ENGINES.includes(engine)) return { skip: `SYMBOLON_ENGINE asks for ${ONLY} only` };
  return { skip: engine === 'webkit' && process.platform !== 'linux' && 'WebKitGTK exists on Linux only' };
}

/**
 * Returns whether an engine needs TLS: WebKit takes no `Secure` cookie without it, not even from localhost.
 *
 * @param {Engine} engine
 */
export function needsTls(engine) {
  return engine === 'webkit';
}

/**
 * Starts a browser without a window.
 *
 * @param {Engine} engine
 * @returns {Promise<Browser>}
 */
export async function launch(engine) {
  if (engine === 'webkit') return launchWebKit({ driver: setting('WEBKIT_DRIVER'), xvfb: setting('XVFB') });
  if (engine === 'firefox') {
    return puppeteer.launch({ browser: 'firefox', executablePath: setting('FIREFOX'), headless: true });
  }
  // `app.test` resolves to this machine. Unlike localhost, it is insecure over plain http.
  const args = ['--host-resolver-rules=MAP app.test 127.0.0.1', '--js-flags=--expose-gc', '--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu', '--disable-background-networking'];
  // Puppeteer switches the back-forward cache off. People have it on.
  const ignoreDefaultArgs = ['--disable-back-forward-cache'];
  return puppeteer.launch({ executablePath: setting('CHROMIUM'), headless: true, args, ignoreDefaultArgs });
}
