/** The attack lab as a person uses it: every attack on every application, live, with its outcome. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import https from 'node:https';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { attacks } from '../../www/attacks/index.js';
import { BROWSERS, bank, Demo, end, fixture, where } from './harness.js';

const AXE = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const VICTIMS = ['localStorage', 'memory', 'symbolon', 'symbolonWithoutPolicy'];
const tried = attacks.filter(({ inPage }) => inPage);
/** The folder for pictures of the lab, if it is set. */
const { SCREENSHOTS } = process.env;
/** The time limit of a full run, in milliseconds. A run takes half a minute, and more on a slow machine. */
const A_RUN = 240_000;

/** The demo's server with the lab. The browser reaches it without a proxy. */
class Lab {
  static async start(...more) {
    const lab = new Lab();
    lab.folder = await mkdtemp(path.join(tmpdir(), 'symbolon-'));
    lab.server = bank(undefined, lab.folder, '--lab', ...more);
    lab.log = '';
    lab.server.stderr.on('data', (chunk) => (lab.log += chunk));
    const lines = createInterface({ input: lab.server.stdout })[Symbol.asyncIterator]();
    [lab.origin, lab.dashboard] = [(await lines.next()).value, (await lines.next()).value];
    return lab;
  }

  async stop() {
    await end(this.server);
    await rm(this.folder, { recursive: true });
  }

  /** Returns the outcomes of a run from the lab's server. */
  async matrix(run) {
    const answer = await fetch(new URL(`/lab/matrix?run=${run}`, this.dashboard));
    return (await answer.text()).trim().split('\n').map((line) => JSON.parse(line));
  }
}

/** Starts a run, waits until the matrix is full, and returns the name of the run. */
async function runAll(page) {
  await page.bringToFront();
  await page.focus('#run');
  await page.keyboard.press('Enter');
  await page.waitForFunction(() => document.querySelector('#matrix').dataset.run, { timeout: A_RUN, polling: 500 });
  return page.$eval('#matrix', ({ dataset }) => dataset.run);
}

/** Goes through the seven steps with one victim, by keyboard, and returns what each step says. */
async function walk(suite, victim) {
  const { page } = suite;
  await page.bringToFront();
  await page.focus('#victims input:checked');
  for (let n = 0; n < VICTIMS.length; n++) {
    if ((await page.$eval('#victims input:checked', ({ value }) => value)) === victim) break;
    await page.keyboard.press('ArrowDown');
  }
  const said = [];
  for (let n = 1; n <= (await page.$$('#steps li')).length; n++) {
    const step = `#steps li:nth-child(${n})`;
    await page.bringToFront();
    await page.focus(`${step} button`);
    await page.keyboard.press('Enter');
    await page.waitForSelector(`${step} .told[data-outcome]`, { timeout: 20_000 });
    said.push(await page.$eval(`${step} .told`, ({ dataset, textContent }) => [dataset.outcome, textContent]));
    assert.notEqual(said.at(-1)[0], 'waiting', said.at(-1)[1]);
  }
  for (const other of await suite.context.pages()) if (other !== page && other.url().startsWith('http')) await other.close();
  return said;
}

async function open(suite) {
  await suite.page.setViewport({ width: 1280, height: 900 });
  await suite.page.goto(suite.demo.dashboard);
  await suite.page.waitForSelector('#matrix tbody tr');
  await suite.page.waitForSelector('#steps li');
}

/** Checks that neither the dashboard nor the log of the server holds a token. The `control` shows that one was taken. */
async function showsNoToken({ page, demo }, control) {
  const shown = await page.content();
  assert.match(shown, control, 'the control');
  for (const text of [shown, demo.log]) assert.doesNotMatch(text, /eyJ[\w-]+\.[\w-]+\.[\w-]+/);
}

/** Checks that axe finds nothing to complain of in either theme, and that the page fits a small screen. */
async function isAccessible(page) {
  await page.evaluate(AXE);
  for (const look of ['light', 'dark']) {
    await page.evaluate((look) => (document.documentElement.dataset.theme = look), look);
    await sleep(300);
    const { violations } = await page.evaluate(() => window.axe.run({ resultTypes: ['violations'] }));
    const told = violations.map(({ id, impact, nodes }) => `${impact} ${id}: ${nodes.map(({ target }) => target).join(', ')}`);
    assert.deepEqual(told, [], look);
  }
  await page.setViewport({ width: 360, height: 780 });
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= 360));
}

for (const name of BROWSERS) {
  describe(`the attack lab in ${name}`, () => {
    const suite = fixture(name, () => Lab.start());

    for (const victim of VICTIMS) {
      const outcome = victim.startsWith('symbolon') ? 'nothing' : 'taken';
      it(`the guided attack on ${victim} ends with ${outcome}`, { timeout: A_RUN }, async () => {
        await open(suite);
        const said = await walk(suite, victim);
        assert.deepEqual(said.map(([outcome]) => outcome), ['done', 'done', 'done', 'done', 'done', outcome, outcome]);
      });
    }

    it('every attack has the expected outcome on every application', { covers: ['C-001', 'C-038', 'H-021'], timeout: A_RUN }, async () => {
      await open(suite);
      const run = await runAll(suite.page);
      const cells = await suite.demo.matrix(run);
      const became = Object.fromEntries(cells.map(({ attack, victim, verdict }) => [`${attack} ${victim}`, verdict]));
      const all = tried.flatMap(({ id, expects }) => VICTIMS.map((victim) => [`${id} ${victim}`, expects[victim]]));
      assert.deepEqual(became, Object.fromEntries(all));
      for (const [cell, verdict] of all) {
        assert.equal(await suite.page.$eval(`[data-cell="${cell}"] .verdict`, ({ textContent }) => textContent), verdict, cell);
      }
      await showsNoToken(suite, /the token, from/);
      await isAccessible(suite.page);
    });

    it('no token is shown, and none stands in the log', async () => {
      await open(suite);
      for (const victim of ['symbolon', 'localStorage']) await walk(suite, victim);
      await showsNoToken(suite, /<span class="verdict taken">/);
    });

    it('axe finds no violation, light or dark, and the lab fits a small screen', async () => {
      await open(suite);
      await walk(suite, 'localStorage');
      await isAccessible(suite.page);
    });
  });
}

describe('what the attack lab is not', () => {
  it('the list has at least 25 live attacks, each with its expected outcome', () => {
    assert.ok(tried.length >= 25);
    for (const { id, title, why, expects } of tried) {
      assert.deepEqual(Object.keys(expects), VICTIMS, id);
      assert.ok(title && why, id);
    }
    const falls = (victim) => tried.filter(({ expects }) => expects[victim] === 'taken').length;
    assert.ok(falls('localStorage') >= 10 && falls('memory') >= 10, 'most of what could be taken is');
  });

  it('the lab is served only with --lab', async (test) => {
    const paths = ['/lab', '/lab/bank', '/lab/bank-without-policy', '/lab/injected.js', '/lab/api/echo', '/upload.js'];
    const statuses = async (address) => Promise.all(paths.map(async (path) => (await fetch(address + path, { redirect: 'manual' })).status));
    const demo = await Demo.start();
    test.after(() => demo.stop());
    assert.deepEqual(await statuses(demo.address), paths.map(() => 404));
    const lab = await Lab.start();
    test.after(() => lab.stop());
    assert.deepEqual(await statuses(lab.origin), [303, 200, 200, 200, 401, 200], 'the control');
  });

  it('the lab refuses to start for other machines', async () => {
    for (const [listen, origin] of [['0.0.0.0:0', 'http://localhost:3000'], ['127.0.0.1:0', 'https://app.example'], ['[::]:0', 'http://localhost:3000']]) {
      const started = promisify(execFile)(process.env.SYMBOLON_WWW, ['--lab', '--listen', listen, '--origin', origin, '--store', '/nowhere/x.db']);
      await assert.rejects(started, ({ stderr }) => /--lab is for this machine only/.test(stderr), `${listen} ${origin}`);
    }
  });

  it('with --https the lab is served over TLS, with a self-signed certificate', async (test) => {
    const lab = await Lab.start('--https');
    test.after(() => lab.stop());
    assert.match(lab.origin, /^https:/);
    const ask = (more) =>
      new Promise((resolve, reject) => https.get(lab.origin, more, (answer) => resolve(answer.resume())).on('error', reject));
    await assert.rejects(ask({}), { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' });
    const { statusCode, headers } = await ask({ rejectUnauthorized: false });
    assert.equal(statusCode, 200);
    assert.equal(headers['strict-transport-security'], 'max-age=0', 'or the browser would insist on it for all of localhost');
  });

  it('no page of another origin can start a run', async (test) => {
    const lab = await Lab.start();
    test.after(() => lab.stop());
    const order = (headers) => fetch(new URL('/lab/run', lab.dashboard), { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: '{"run":"x","attacks":[{"id":"C-001"}]}' });
    assert.equal((await order({ origin: lab.origin })).status, 403);
    assert.equal((await order({ origin: new URL(lab.dashboard).origin })).status, 201, 'the control');
  });
});

describe('pictures of the attack lab', { skip: where('chromium').skip || !SCREENSHOTS && 'SCREENSHOTS names no folder' }, () => {
  const suite = fixture('chromium', () => Lab.start());

  it('pictures are taken of a stolen token, a failed attack, and the matrix', { timeout: A_RUN }, async () => {
    const { page } = suite;
    const shoot = async (name, selector) => {
      await sleep(300);
      await (await page.$(selector)).screenshot({ path: path.join(SCREENSHOTS, `lab-${name}.png`) });
    };
    await open(suite);
    await page.evaluate(() => (document.documentElement.dataset.theme = 'light'));
    await walk(suite, 'localStorage');
    await shoot('taken', '#chain');
    await walk(suite, 'symbolon');
    await shoot('not-taken', '#chain');
    await runAll(page);
    await page.setViewport({ width: 1180, height: 900 });
    await shoot('matrix', '#matrix');
    // The README shows the top of the matrix only.
    const { x, y, width } = await page.$eval('#matrix', (matrix) => matrix.getBoundingClientRect().toJSON());
    await page.screenshot({ path: path.join(SCREENSHOTS, 'lab-matrix-top.png'), clip: { x, y: y + (await page.evaluate(() => scrollY)), width, height: 560 } });
  });
});
