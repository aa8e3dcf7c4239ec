/** Server-rendered pages in real browsers, which send Fetch Metadata and `Origin` with each form. */
import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { BROWSERS, Demo, host, fixture } from './harness.js';

for (const name of BROWSERS) {
  describe(`pages in ${name}`, () => {
    const suite = fixture(name, () => Demo.start({ serve: host }));
    let context, origin, page;
    beforeEach(() => {
      ({ context, page } = suite);
      origin = suite.demo.origin;
    });

    it('a person signs in by a form, sees a page, and signs out by a form', { covers: ['X-03', 'S-03'] }, async () => {
      await page.goto(`${origin}/pages/home`);
      assert.equal(page.url(), `${origin}/form`, 'a stranger is sent to sign in');
      await page.type('[name=name]', 'ann');
      await page.type('[name=password]', 'correct horse battery staple');
      await Promise.all([page.waitForNavigation(), page.click('button')]);
      assert.equal(page.url(), `${origin}/pages/home`);
      assert.equal(await page.$eval('#who', (element) => element.textContent), 'ann');
      assert.equal(await page.evaluate(() => document.cookie), '');
      await page.reload();
      assert.equal(await page.$eval('#who', (element) => element.textContent), 'ann');
      await Promise.all([page.waitForNavigation(), page.click('button')]);
      assert.equal(page.url(), `${origin}/form`);
      await page.goto(`${origin}/pages/home`);
      assert.equal(page.url(), `${origin}/form`, 'and is a stranger again');
    });

    it('another site changes nothing by a form', { covers: ['X-02'] }, async () => {
      const elsewhere = await context.newPage();
      // 127.0.0.1 is another site than localhost.
      await elsewhere.goto(`${origin.replace('localhost', '127.0.0.1')}/form`);
      await elsewhere.evaluate((origin) => (document.querySelector('form').action = `${origin}/form`), origin);
      const [answer] = await Promise.all([
        elsewhere.waitForResponse((response) => response.request().method() === 'POST', { timeout: 2000 }).catch(() => undefined),
        elsewhere.click('button').catch(() => undefined),
      ]);
      assert.ok(!answer || answer.status() === 403, 'the policy does not let it go, or the server does not take it');
    });
  });
}
