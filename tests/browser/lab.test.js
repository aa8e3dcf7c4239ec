/** The attack lab, as a person uses it: every attack on every victim, live, and what came of it. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { describe, it } from 'node:test';
import { attacks } from './attacks/index.js';
import { BROWSERS, bank, stage } from './harness.js';

const VICTIMS = ['localStorage', 'memory', 'symbolon', 'symbolonWithoutPolicy'];
const tried = attacks.filter(({ inPage }) => inPage);

/** The demo's server with the lab, and nothing between it and the browser. */
class Lab {
  static async start() {
    const lab = new Lab();
    lab.folder = await mkdtemp(path.join(tmpdir(), 'symbolon-'));
    lab.server = bank(undefined, lab.folder, '--lab');
    lab.log = '';
    lab.server.stderr.on('data', (chunk) => (lab.log += chunk));
    const lines = createInterface({ input: lab.server.stdout })[Symbol.asyncIterator]();
    [lab.origin, lab.desk] = [(await lines.next()).value, (await lines.next()).value];
    return lab;
  }

  async stop() {
    this.server.kill('SIGINT');
    await once(this.server, 'exit');
    await rm(this.folder, { recursive: true });
  }
}

/** What the lab's server says of a run, line by line. */
async function matrix(desk, run) {
  const answer = await fetch(new URL(`/lab/matrix?run=${run}`, desk));
  return (await answer.text()).trim().split('\n').map((line) => JSON.parse(line));
}

for (const name of BROWSERS) {
  describe(`the attack lab in ${name}`, () => {
    const on = stage(name, () => Lab.start());

    it('every attack comes to what the list says, on every victim', { timeout: 240_000 }, async () => {
      const { page, demo } = on;
      await page.goto(demo.desk);
      await page.waitForSelector('#matrix tbody tr');
      await page.click('#run');
      await page.waitForFunction(() => document.querySelector('#matrix').dataset.run, { timeout: 230_000, polling: 500 });
      const cells = await matrix(demo.desk, await page.$eval('#matrix', ({ dataset }) => dataset.run));
      const became = Object.fromEntries(cells.map(({ attack, victim, verdict }) => [`${attack} ${victim}`, verdict]));
      const expected = Object.fromEntries(tried.flatMap(({ id, expects }) => VICTIMS.map((victim) => [`${id} ${victim}`, expects[victim]])));
      assert.deepEqual(became, expected);
    });
  });
}
