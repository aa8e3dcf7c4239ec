/** Attacks on the worker, its script and its module. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { PASSWORD } from './harness.js';
import { all, asked, attack, elsewhere, inEachBrowser, logged } from './attack-fixture.js';
import { redirect, Symbolon } from './victims.js';

const NONSENSE = /^protocol: /;

inEachBrowser('attacks on the worker', (suite) => {
  const { expectNothingStolen, expectStolen } = suite;

  it('a worker of the attacker cannot run the vault inside it, and the client says so in time', { covers: ['I-02', 'C-010'] }, async () => {
    await expectStolen(suite.weak.worker, 'C-010', 'worker');
    const { said, exchanges } = await expectNothingStolen(suite.bare, 'C-010');
    assert.match(said, /^start_timeout/);
    const [{ status, headers, answer }] = asked(exchanges, '/auth/vault.js');
    assert.deepEqual([status, headers['sec-fetch-dest'], JSON.parse(answer).code], [403, 'script', 'forbidden']);
    await logged(suite.demo, /the vault's script is for a worker load only/);
  });

  it('the client reports a replaced worker that the policy has blocked', { covers: ['I-16', 'C-010'] }, async () => {
    const { said, exchanges } = await expectNothingStolen(suite.guarded, 'C-010', { patience: 2000 });
    assert.deepEqual(asked(exchanges, '/auth/vault.js'), []);
    assert.match(said, /^worker_blocked/);
  });

  it('no service worker can be planted, with or without the policy', { covers: ['I-12', 'C-016'] }, async () => {
    const control = await expectStolen(suite.weak.page, 'C-016', 'service worker');
    assert.equal(control.planted, 1);
    await expectStolen(suite.weak.worker, 'C-016', 'service worker');
    for (const victim of [suite.guarded, suite.bare]) {
      const { said, exchanges } = await expectNothingStolen(victim, 'C-016');
      assert.deepEqual(said, { tried: { '/upload.js': 'TypeError', '/main.js': 'TypeError' }, planted: 0, said: 'written' });
      const refused = exchanges.filter(({ headers }) => headers['service-worker'] === 'script');
      assert.equal(refused.length, victim === suite.bare ? 2 : 0, 'without the policy it is the server that refuses');
      for (const { status } of refused) assert.equal(status, 403);
    }
  });

  it("the vault's script cannot be imported into a worker of the attacker", { covers: ['I-02', 'C-023'] }, async () => {
    assert.equal(await expectStolen(suite.weak.worker, 'C-023', 'worker'), 'imported');
    assert.equal(await expectStolen(suite.weak.gated, 'C-023', 'worker'), 'imported', 'a gate that looks at the destination alone');
    assert.equal((await expectNothingStolen(suite.guarded, 'C-023')).said, 'TypeError');
    const { said, exchanges } = await expectNothingStolen(suite.bare, 'C-023');
    assert.equal(said, 'refused');
    const [{ status, headers }] = asked(exchanges, '/auth/vault.js').filter(({ headers }) => headers['sec-fetch-mode'] === 'cors');
    assert.deepEqual([status, headers['sec-fetch-dest']], [403, 'worker']);
  });

  it("no way to load the vault's script lets the page read it or listen to it", { covers: ['I-02', 'H-021'] }, async () => {
    const control = await expectStolen(suite.weak.worker, 'H-021', 'realm', 'XMLHttpRequest', 'fetch', 'iframe');
    const { said, exchanges } = await expectNothingStolen(suite.bare, 'H-021');
    assert.deepEqual(Object.keys(said).sort(), Object.keys(control).sort());
    const started = Object.keys(said).filter((way) => said[way] === 'loaded');
    assert.deepEqual(started.sort(), ['a module worker', 'a nested worker', 'a worker'], JSON.stringify(said));
    assert.ok(!Object.values(said).includes('read'));
    for (const { method, status, headers, answer } of asked(exchanges, '/auth/vault.js')) {
      const isWorkerLoad = headers['sec-fetch-dest'] === 'worker' && headers['sec-fetch-mode'] === 'same-origin';
      const expected = isWorkerLoad ? 200 : method === 'POST' ? 405 : 403;
      assert.equal(status, expected, `${method} ${headers['sec-fetch-dest']} ${headers['sec-fetch-mode']}`);
      assert.equal(answer.includes('"secret"'), isWorkerLoad);
    }
    await expectNothingStolen(suite.guarded, 'H-021');
  });

  it("code in the vault's own realm reaches no other origin, and loads nothing", { covers: ['I-10'] }, async () => {
    const infect = `;(${attack('I-10').infect})(${JSON.stringify(suite.attacker.origin)});`;
    const tamper = (pathname, answer) => {
      if (pathname === '/auth/vault.js' && answer.status === 200) answer.body += infect;
    };
    const infected = new Symbolon(suite.demo, { policy: true, tamper });
    const { said, heard } = await expectNothingStolen(infected, 'I-10');
    assert.deepEqual(said, { ...all(said, 'TypeError'), 'a connection home': 'done', eval: said.eval });
    assert.notEqual(said.eval, 'done');
    assert.deepEqual(elsewhere(heard), []);
    const free = new Symbolon(suite.demo, { policy: true, workerPolicy: false, tamper });
    const control = await expectNothingStolen(free, 'I-10');
    assert.deepEqual(control.said, all(control.said, 'done'), 'the control: without the policy of its own, it can');
    assert.ok(control.heard.some(({ url }) => url === '/collect'));
  });

  /** Opens the demo in a new context with tampered answers, and returns what the page shows. */
  const firstVisit = async (tamper, { workerPolicy = true, act = () => {} } = {}) => {
    const since = suite.attacker.heard.length;
    new Symbolon(suite.demo, { policy: true, workerPolicy, tamper }).appear();
    const page = await (await suite.newContext()).newPage();
    await page.goto(suite.demo.origin);
    await page.waitForFunction(() => !document.querySelector('#status').textContent.startsWith('starting'));
    await act(page);
    const [status, refusal] = await page.$$eval('#status, #refusal', (found) => found.map(({ textContent }) => textContent));
    return { status, refusal, heard: suite.attacker.heard.slice(since) };
  };

  it('a module that was tampered with is not started, and the client says so', { covers: ['I-11'] }, async () => {
    const module = (change) => (pathname, answer) => {
      if (pathname.endsWith('.wasm')) change(answer);
    };
    const control = await firstVisit(module(() => {}));
    assert.equal(control.status, 'signed out');
    const flipped = (answer) => {
      // The last byte is in the last section, so the module stays valid.
      answer.body = Buffer.from(answer.body);
      answer.body[answer.body.length - 1] ^= 1;
    };
    const another = (answer) => (answer.body = Buffer.from([0, 97, 115, 109, 1, 0, 0, 0]));
    const longer = (answer) => (answer.body = Buffer.concat([answer.body, Buffer.from([0, 1, 0])]));
    const abroad = (answer) => redirect(answer, `${suite.attacker.origin}/collect`);
    for (const change of [flipped, another, longer, abroad]) {
      const { status, heard } = await firstVisit(module(change));
      assert.match(status, /^wasm_blocked/, change.name);
      assert.deepEqual(heard, []);
    }
  });

  it('a redirect of a sign-in or a refresh takes neither password nor token with it', { covers: ['H-13'] }, async () => {
    const abroad = (path) => (pathname, answer) => {
      if (pathname === path) redirect(answer, `${suite.attacker.origin}/collect`);
    };
    const enter = async (page) => {
      await page.type('[name=name]', 'ann');
      await page.type('[name=password]', PASSWORD);
      await page.click('#sign-in button');
      await page.waitForFunction(() => document.querySelector('#refusal').textContent);
    };
    for (const workerPolicy of [true, false]) {
      const { status, refusal, heard } = await firstVisit(abroad('/auth/sign-in'), { workerPolicy, act: enter });
      assert.equal(status, 'signed out');
      assert.match(refusal, NONSENSE);
      assert.deepEqual(heard, []);
      const since = suite.attacker.heard.length;
      new Symbolon(suite.demo, { policy: true, workerPolicy, tamper: abroad('/auth/refresh') }).appear();
      await suite.page.reload();
      await suite.page.waitForFunction(() => !document.querySelector('#status').textContent.startsWith('starting'));
      assert.match(await suite.page.$eval('#status', ({ textContent }) => textContent), NONSENSE);
      assert.deepEqual(suite.attacker.heard.slice(since), []);
    }
    const careless = new Symbolon(suite.demo, { policy: false, tamper: abroad('/auth/sign-in') });
    const { heard } = await expectNothingStolen(careless, 'C-014b');
    assert.ok(heard.some(({ body }) => body.includes(PASSWORD)), 'the control: a page that asks by itself takes it there');
  });
});
