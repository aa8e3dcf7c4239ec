/** The demo as people use it. The proxy records what its pages send. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { beforeEach, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from './eventually.js';
import { BROWSERS, bank, Demo, fixture, openSignedIn, PASSWORD, signIn, signOut, where, writeNote } from './harness.js';

const AXE = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const VIEWS = ['', 'devices', 'people'];
/** The folder for pictures of the demo, if it is set. */
const { SCREENSHOTS } = process.env;

const text = (page, selector) => page.$eval(selector, (element) => element.textContent);
const until = (page, selector, part) =>
  page.waitForFunction((selector, part) => document.querySelector(selector)?.textContent.includes(part), {}, selector, part);
const claims = ({ headers }) => JSON.parse(Buffer.from(headers.authorization.split('.')[1], 'base64url').toString());
const number = (sum) => Math.round(Number(sum.replace(/[^\d.]/g, '')) * 100);
const balance = async (page) => number(await text(page, '#accounts .sum'));

/** Fills in the transfer form, and sends it. */
async function send(page, { to, amount, purpose = '' }) {
  await page.$eval(
    '#send',
    (form, fields) => {
      form.reset();
      const { to } = form.elements;
      to.value = [...to.options].find((option) => option.text === fields.to).value;
    },
    { to },
  );
  await page.type('#send [name=amount]', amount);
  if (purpose) await page.type('#send [name=purpose]', purpose);
  await page.click('#send button');
}

async function go(page, view) {
  await page.evaluate((view) => (location.hash = `/${view}`), view);
  const list = { '': '#notes li', devices: '#devices li', people: '#people li' }[view];
  await page.waitForFunction((list) => document.querySelector(list)?.checkVisibility(), {}, list);
}

/** Checks that axe finds no violation in these views, in either theme. */
async function isAccessible(page, views) {
  await page.evaluate(AXE);
  for (const look of ['light', 'dark']) {
    await page.waitForFunction((look) => document.documentElement.dataset.theme === look || !document.querySelector('#theme').click(), {}, look);
    for (const view of views) {
      if (view !== undefined) await go(page, view);
      await page.$$eval('details', (all) => all.forEach((details) => (details.open = true)));
      await sleep(300);
      const found = await page.evaluate(() => window.axe.run({ resultTypes: ['violations'] }));
      const told = found.violations.map(({ id, impact, nodes }) => `${impact} ${id}: ${nodes.map(({ target }) => target).join(', ')}`);
      assert.deepEqual(told, [], `${look}, ${view}`);
    }
  }
}

/** Gives each visitor a browser context of their own. After each test, no script of their pages may have failed. */
function visitors(suite) {
  suite.check = () => assert.deepEqual(suite.pageErrors, [], 'a script of a page has failed');
  return async (name) => {
    const context = await suite.newContext();
    // The demo stops its ticker in a hidden tab, so each visitor has a window.
    const page = await context.newPage({ type: 'window' });
    await page.setViewport({ width: 1200, height: 900 });
    await page.goto(suite.demo.origin);
    await signIn(page, name);
    await until(page, '#ticker', 'live');
    return page;
  };
}

for (const name of BROWSERS) {
  describe(`the demo in ${name}`, () => {
    const suite = fixture(name);
    const visit = visitors(suite);

    it('the demo is small, and soon ready to use', async (test) => {
      const { demo, page } = suite;
      await page.goto(demo.origin);
      const usable = () => {
        const isIn = document.querySelector('#status').textContent === 'signed out';
        return isIn && !document.querySelector('#sign-in').hidden && Math.ceil(performance.now());
      };
      const milliseconds = await (await page.waitForFunction(usable, { polling: 'raf' })).jsonValue();
      const files = demo.exchanges.filter(({ url }) => !url.startsWith('/api'));
      const bytes = files.reduce((sum, { answerHeaders }) => sum + Number(answerHeaders['content-length']), 0);
      test.diagnostic(`${files.length} answers with ${bytes} bytes, not compressed; the form is there after ${milliseconds} ms`);
      assert.ok(files.some(({ url }) => url.endsWith('.wasm')), 'the control: the module is among them');
      assert.ok(bytes < 150_000, `${bytes} bytes`);
    });

    it('a transfer moves money, and its recipient sees it arrive', async () => {
      const [ann, ben] = [await visit('ann'), await visit('ben')];
      const [hers, his] = [await balance(ann), await balance(ben)];
      await send(ann, { to: 'ben', amount: '12.5', purpose: 'half of the figs' });
      await until(ann, '#news', '€12.50 sent');
      for (const page of [ann, ben]) await until(page, '#movements', 'half of the figs');
      assert.deepEqual([await balance(ann), await balance(ben)], [hers - 1250, his + 1250]);
      assert.equal(await text(ben, '#news'), 'ann sent you €12.50.');
    });

    it('an account cannot be overdrawn, and an amount must be positive', async () => {
      const { demo } = suite;
      const [ann, ben] = [await visit('ann'), await visit('ben')];
      const [hers, his] = [await balance(ann), await balance(ben)];
      const since = demo.exchanges.length;
      await send(ben, { to: 'ann', amount: '-5' });
      assert.equal(await ben.$eval('#send', (form) => form.checkValidity()), false);
      await send(ben, { to: 'ann', amount: '0' });
      await until(ben, '#refusal', 'more than €0');
      await ben.$$eval('[name=from] option', ([first]) => (first.parentElement.value = first.value));
      const sent = () => demo.exchanges.slice(since).filter(({ url }) => url === '/api/transfers');
      for (let answered = 2; answered <= 5; answered++) {
        await send(ben, { to: 'ann', amount: '400' });
        await eventually(() => sent().length === answered, 'the transfer is answered');
        await ben.waitForFunction(() => !document.querySelector('#send button').ariaDisabled);
      }
      await until(ben, '#refusal', 'not enough');
      assert.equal(await text(ben, '#refusal'), 'There is not enough money on that account.');
      assert.deepEqual(sent().map(({ status }) => status), [422, 201, 201, 201, 422]);
      await ann.waitForFunction(() => document.querySelector('#movements').textContent.split('€400').length === 4);
      assert.deepEqual([await balance(ann), await balance(ben)], [hers + 120_000, his - 120_000]);
    });

    it('a comment with markup is shown as the text that it is', async () => {
      const [ann, ben] = [await visit('ann'), await visit('ben')];
      const markup = '<img src=x onerror="document.title=1"><script>document.title=2</script>';
      await writeNote(ben, markup);
      await until(ann, '#notes', markup);
      for (const page of [ann, ben]) {
        assert.equal(await text(page, '#notes .text'), markup);
        assert.equal(await page.$eval('#notes', (list) => list.querySelectorAll('img, script').length), 0);
        assert.equal(await page.title(), 'Obol · Money');
      }
    });

    it("a changed role takes effect at once, also on that person's page", async () => {
      const [ann, ben] = [await visit('ann'), await visit('ben')];
      assert.equal(await ben.$eval('#to-people', (link) => link.hidden), true);
      const mayNot = await ben.evaluate(() => ((location.hash = '#/people'), document.querySelector('[data-view=people]').hidden));
      assert.equal(mayNot, true);
      await go(ann, 'people');
      await ann.select('[data-person=ben]', 'admin');
      await until(ben, '#news', 'You are admin now.');
      await go(ben, 'people');
      assert.equal(await ben.$eval('[data-person=ben]', (select) => select.disabled), true);
      await ann.select('[data-person=ben]', 'customer');
      await until(ben, '#role', 'customer');
      await ben.waitForFunction(() => document.querySelector('[data-view=people]').hidden && !document.querySelector('[data-view=money]').hidden);
    });

    it('the server refuses what the page does not offer', async () => {
      const { demo } = suite;
      const [, ben] = [await visit('ann'), await visit('ben')];
      const session = await text(ben, '#session');
      const { headers } = demo.exchanges.findLast((exchange) => exchange.headers.authorization && claims(exchange).sid.startsWith(session.slice(0, -1)));
      const ask = async (method, url, body) => {
        const { authorization, cookie } = headers;
        const answer = await fetch(demo.address + url, { method, headers: { authorization, cookie, origin: demo.origin, 'content-type': 'application/json' }, body: JSON.stringify(body) });
        return answer.status;
      };
      assert.equal(await ask('GET', '/api/me'), 200, 'the control');
      assert.equal(await ask('GET', '/api/people'), 403);
      assert.equal(await ask('PUT', '/api/people/2/role', { role: 'admin' }), 403);
      assert.equal(await ask('POST', '/api/transfers', { from: 3, to: 1, cents: -100, text: '' }), 422);
      assert.equal(await ask('POST', '/api/transfers', { from: 1, to: 3, cents: 100, text: '' }), 404);
      const hers = demo.exchanges.map(({ headers }) => headers.authorization && claims({ headers })).find((claims) => claims?.sub === '1');
      assert.equal(await ask('DELETE', `/api/sessions/${hers.sid}`), 404);
    });

    it('a session that is ended elsewhere ends on its open page, which says why', async () => {
      const ann = await visit('ann');
      const other = await visit('ann');
      await go(ann, 'devices');
      assert.equal((await ann.$$('#devices li')).length, 2);
      await ann.click('#devices button');
      await until(other, '#reason', 'this session was ended somewhere else');
      assert.equal(await other.$eval('#signed-in', (part) => part.hidden), true);
      assert.equal(await text(other, '#accounts'), '');
      const another = await visit('ann');
      await go(ann, 'devices');
      await ann.click('#end-others');
      await until(another, '#reason', 'ended somewhere else');
      await ann.waitForFunction(() => document.querySelectorAll('#devices li').length === 1);
    });

    it('the ticker is live while somebody is signed in, and closes when they leave', async () => {
      const { demo } = suite;
      const page = await visit('cleo');
      const before = await text(page, '#rates');
      await page.waitForFunction((before) => document.querySelector('#rates').textContent !== before, {}, before);
      const ticker = demo.exchanges.findLast(({ url }) => url === '/api/ticker');
      assert.ok(!ticker.isOver);
      await signOut(page);
      await eventually(() => ticker.isOver, 'the ticker is closed');
      assert.equal(await text(page, '#ticker'), 'closed');
    });

    it('an interrupt ends the server although a ticker is open', { timeout: 60_000 }, async () => {
      await visit('cleo');
      assert.equal(await suite.demo.interrupt(), 0, 'it closes in order');
    });

    it('the panel shows the true state of the session', async () => {
      const { demo } = suite;
      const page = await visit('cleo');
      await until(page, '#good-until', ':');
      const id = (await text(page, '#session')).slice(0, -1);
      const sent = demo.exchanges.filter(({ headers }) => headers.authorization);
      const own = sent.filter((exchange) => claims(exchange).sid.startsWith(id));
      const shown = await page.$$eval('#requests li', (items) => items.map(({ children: [what, status] }) => `${what.textContent} ${status.textContent}`));
      assert.deepEqual(shown.sort(), own.map(({ method, url, status }) => `${method} ${url} ${status}`).sort());
      assert.ok(own.every(({ headers }) => headers.cookie), 'the browser adds the other half');
      const { iat, exp } = claims(own.at(-1));
      const clock = (seconds) => new Date(seconds * 1000).toLocaleTimeString('en-GB');
      assert.deepEqual([await text(page, '#renewed'), await text(page, '#good-until')], [clock(iat), clock(exp)]);
      assert.equal(await page.evaluate(() => document.cookie), '');
      assert.equal(await text(page, '#cookies'), 'nothing');
      assert.match(await text(page, '#idle-in'), /^in (10:00|9:5\d)$/);
      await signOut(page);
      assert.equal(await text(page, '#session'), 'none');
    });

    it('axe finds no violation in any view, light or dark', async () => {
      const outside = suite.page;
      await outside.goto(suite.demo.origin);
      await outside.waitForSelector('#signed-out:not([hidden])');
      await isAccessible(outside, [undefined]);
      await isAccessible(await visit('ann'), VIEWS);
    });

    it('the demo fits a small screen', async () => {
      const ann = await visit('ann');
      await ann.setViewport({ width: 360, height: 780 });
      for (const view of VIEWS) {
        await go(ann, view);
        assert.ok(await ann.evaluate(() => document.documentElement.scrollWidth <= 360), view);
      }
    });
  });

  describe(`the demo by keyboard in ${name}`, () => {
    // One window only, because only one has the keyboard focus.
    const suite = fixture(name);
    let demo, page;
    beforeEach(async () => {
      ({ demo, page } = suite);
      await page.setViewport({ width: 1200, height: 900 });
      await openSignedIn(page, demo);
    });

    it('the keyboard reaches every control, and the focus is visible', async () => {
      for (const view of VIEWS) {
        await go(page, view);
        // After a reload the focus starts at the top.
        await page.reload();
        await go(page, view);
        const wanted = await page.evaluate(() => {
          const able = [...document.querySelectorAll('a, button, input, select, summary, [tabindex="0"]')];
          window.reached = new Set();
          return able.filter((element) => element.checkVisibility() && !element.disabled && !element.closest('dialog')).length;
        });
        const seen = new Set();
        for (let n = 0; n < wanted + 4; n++) {
          await page.keyboard.press('Tab');
          const at = await page.evaluate(() => {
            const element = document.activeElement;
            if (element === document.body) return null;
            window.reached.add(element);
            return [window.reached.size, getComputedStyle(element).outlineStyle, element.outerHTML.slice(0, 80)];
          });
          if (!at) continue;
          assert.notEqual(at[1], 'none', at[2]);
          seen.add(at[0]);
        }
        assert.equal(Math.max(...seen), wanted, view);
      }
    });

    it('a large transfer asks for the password again, and the other tabs stay signed in', async () => {
      const other = await suite.context.newPage();
      await other.goto(demo.origin);
      await until(other, '#ticker', 'live');
      await page.bringToFront();
      const savings = await text(page, '#accounts li:last-child .sum');
      const { auth_time: since } = claims(demo.exchanges.findLast(({ url }) => url === '/api/money'));
      // The demo asks for the password again 30 seconds after sign-in.
      await sleep(Math.max(0, since * 1000 + 31_000 - Date.now()));
      const large = async () => {
        await page.type('#send [name=amount]', '600');
        const options = await page.$$eval('[name=to] option', (options) => options.map(({ text, value }) => [text, value]));
        await page.select('[name=from]', await page.$eval('[name=from] option:last-child', (option) => option.value));
        await page.select('[name=to]', Object.fromEntries(options).ben);
        await page.focus('#send button');
        await page.keyboard.press('Enter');
        await page.waitForSelector('#step-up[open]');
      };
      await large();
      // One more Tab would move the focus to the browser's own controls.
      for (const next of ['Not now', 'Go on']) {
        await page.keyboard.press('Tab');
        assert.equal(await page.evaluate(() => document.activeElement.textContent), next);
      }
      await page.focus('#sign-out').catch(() => {});
      assert.equal(await page.evaluate(() => document.activeElement.textContent), 'Go on', 'the focus stays in the dialog');
      await page.keyboard.press('Escape');
      await page.waitForSelector('#step-up:not([open])');
      assert.ok(await page.evaluate(() => document.activeElement === document.querySelector('#send button')), 'and goes back');
      await page.waitForFunction(() => !document.querySelector('#send button').ariaDisabled);
      assert.equal(await text(page, '#accounts li:last-child .sum'), savings, 'nothing was sent');

      await page.$eval('#send', (form) => form.reset());
      await large();
      await page.type('[name=again]', 'close sesame');
      await page.keyboard.press('Enter');
      await until(page, '#step-up-refusal', 'wrong');
      await page.$eval('[name=again]', (input) => (input.value = ''));
      await page.type('[name=again]', PASSWORD);
      await page.keyboard.press('Enter');
      await until(page, '#news', '€600.00 sent');
      await until(page, '#movements', '−€600.00');
      assert.equal(number(await text(page, '#accounts li:last-child .sum')), number(savings) - 60_000);
      await until(page, '#ticker', 'live');
      assert.equal(await text(other, '#ticker'), 'closed', 'a tab that nobody sees does not follow the news');
      await other.bringToFront();
      await until(other, '#ticker', 'live');
      await until(other, '#movements', '−€600.00');
      assert.equal(await text(other, '#refusal'), '');
    });
  });

  describe(`the demo left alone in ${name}`, () => {
    const suite = fixture(name, () => Demo.start({ serve: (...where) => bank(...where, '--idle', '12') }));
    const visit = visitors(suite);

    it('a person is warned before the session goes idle, can stay, and is told why it ended', async () => {
      const page = await visit('ben');
      await page.waitForSelector('#idle[open]');
      assert.match(await text(page, '#idle-left'), /^0:0\d$/);
      await page.click('#idle-stay');
      await page.waitForSelector('#idle:not([open])');
      await until(page, '#idle-in', 'in 0:1');
      await page.waitForSelector('#idle[open]');
      await until(page, '#reason', 'nobody did anything here for a while');
      assert.equal(await page.$eval('#idle', (dialog) => dialog.open), false);
    });
  });
}

describe('pictures of the demo', { skip: where('chromium').skip || !SCREENSHOTS && 'SCREENSHOTS names no folder' }, () => {
  const suite = fixture('chromium');
  const visit = visitors(suite);

  it('pictures are taken in light and dark, on a small screen, and before sign-in', async () => {
    const ben = await visit('ben');
    await send(ben, { to: 'ann', amount: '42', purpose: 'Olives, and the boat' });
    await writeNote(ben, 'The other half is at the harbour.');
    const cleo = await visit('cleo');
    await writeNote(cleo, 'I will bring mine. <b>Boldly</b>, as text.');
    const ann = await visit('ann');
    await send(ann, { to: 'cleo', amount: '18.40', purpose: 'Half of the lamp oil' });
    // By then the rates have drawn a line, and no announcement is shown.
    await sleep(30_000);
    const shoot = async (name, theme, width, options) => {
      await ann.evaluate((theme) => (document.documentElement.dataset.theme = theme), theme);
      await ann.setViewport({ width, height: 800, deviceScaleFactor: width < 400 ? 2 : 1 });
      await sleep(500);
      await ann.screenshot({ path: path.join(SCREENSHOTS, `demo-${name}.png`), ...options });
    };
    await shoot('light', 'light', 1240, { fullPage: true });
    await shoot('dark', 'dark', 1240, { fullPage: true });
    await shoot('small', 'light', 360);
    await signOut(ann);
    await shoot('sign-in', 'light', 1240);
  });
});
