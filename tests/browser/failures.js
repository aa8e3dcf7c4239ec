/** What is kept of a browser test that fails, without any secret, and the command that runs this test alone. */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { inspect } from 'node:util';
import { withoutSecrets, redactExchange } from './redact.js';

const KEPT = path.join(import.meta.dirname, '../../target/browser-failures');
/** The length, in characters, at which a kept body is cut. */
const LONGEST = 4_000;

/** @typedef {import('./fixture.js').Fixture<any>} Fixture */
/**
 * A test that has ended, as node:test gives it to a hook.
 *
 * @typedef {{ name: string, error?: Error, diagnostic(message: string): void }} Ended
 */

/**
 * Records what the pages of a context write to their consoles, and what no script of theirs catches.
 *
 * @param {any} context
 * @param {Fixture} suite
 */
export function listen(context, { messages, pageErrors }) {
  const open = context.newPage.bind(context);
  context.newPage = async (/** @type {unknown[]} */ ...options) => {
    const page = await open(...options);
    // WebDriver has no console events.
    page.on?.('console', (/** @type {any} */ message) => messages.push(`${message.type()}: ${message.text()}`));
    page.on?.('pageerror', (/** @type {any} */ error) => {
      messages.push(`uncaught: ${error?.stack ?? error}`);
      pageErrors.push(error?.message ?? String(error));
    });
    return page;
  };
}

/**
 * Keeps console, exchanges, DOM and screenshots of a test that has failed, and prints how to run it alone.
 *
 * @param {Ended} test
 * @param {Fixture} suite
 * @param {unknown} error
 */
export async function keepFailure(test, { engine, demo, contexts, messages, secrets }, error) {
  const { folder, command } = describeFailure(process.argv[1], engine, test.name);
  test.diagnostic(`run it alone: ${command}`);
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const redact = withoutSecrets(demo, secrets());
  /** @type {(name: string, text: string) => Promise<void>} */
  const keep = (name, text) => writeFile(path.join(folder, name), redact(text));
  await keep('error.txt', inspect(error));
  await keep('console.txt', engine === 'webkit' ? "WebKit's driver does not tell." : messages.join('\n'));
  /** @type {import('./demo-server.js').Exchange[]} */
  const exchanges = demo?.exchanges ?? [];
  await keep('exchanges.txt', exchanges.map((exchange) => tell(redactExchange(exchange))).join('\n\n'));
  let number = 0;
  for (const page of (await Promise.all(contexts.map((context) => context.pages()))).flat()) {
    number++;
    // A page that hangs or has crashed must not stop the report of the others.
    await within(page.content().then((/** @type {string} */ html) => keep(`page-${number}.html`, html)));
    await within(page.screenshot({ path: path.join(folder, `page-${number}.png`) }));
  }
  test.diagnostic(`kept in ${path.relative(process.cwd(), folder)}`);
}

/**
 * Returns where a failure is kept, and the command that runs the test alone.
 *
 * @param {string} file
 * @param {string} engine
 * @param {string} title
 */
export function describeFailure(file, engine, title) {
  const suite = path.basename(file, '.test.js');
  const folder = path.join(KEPT, suite, engine, title.replaceAll(/[^\p{L}\p{N} ,.'-]/gu, '_').slice(0, 120));
  const quoted = `'${title.replaceAll("'", String.raw`'\''`)}'`;
  const isPackage = path.basename(path.dirname(file)) === 'packages';
  const command = isPackage ? 'cargo xtask test packages' : `cargo xtask test browser ${suite} --engine ${engine} --grep ${quoted}`;
  return { folder, command };
}

/** @param {import('./demo-server.js').Exchange} exchange */
function tell({ method, url, headers, body, status, answerHeaders, answer }) {
  /** @type {(headers: object) => string} */
  const lines = (headers) => Object.entries(headers).flatMap(([name, values]) => [values].flat().map((value) => `${name}: ${value}\n`)).join('');
  /** @type {(text: string) => string} */
  const shorten = (text) => (text.includes('\0') ? `(${text.length} characters that are no text)` : text.length > LONGEST ? `${text.slice(0, LONGEST)}... (${text.length} characters)` : text);
  return `${method} ${url}\n${lines(headers)}\n${shorten(body)}\n--- ${status}\n${lines(answerHeaders)}\n${shorten(answer)}`;
}

/** @param {Promise<unknown>} work */
async function within(work) {
  await Promise.race([work, new Promise((late) => setTimeout(late, 5_000).unref())]).catch(() => {});
}
