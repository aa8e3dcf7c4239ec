/** `auth.fetch` does what `fetch` does, except for the documented differences. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { beforeEach, describe, it } from 'node:test';
import { BEHIND, DIFFERENT, SAME } from './fetch-cases.js';
import { Demo, ENGINES, fixture, HOST_PASSWORD, host, needsTls, where } from './harness.js';

/** The documentation in one line, since a sentence may be folded. */
const DOCS = (await readFile(path.join(import.meta.dirname, '../../docs/client.md'), 'utf8')).replace(/\s+/g, ' ');

/** Runs a case in the page, with the browser's `fetch` or the client's. */
const observe = (page, run, which) =>
  page.evaluate(
    async (source, which) => {
      const run = (0, eval)(`(${source})`);
      try {
        return { returned: await run(which === 'auth' ? window.auth.fetch : window.raw) };
      } catch (error) {
        return { threw: String(error) };
      }
    },
    String(run),
    which,
  );

/** Opens a page with a client, and waits until it knows that nobody is signed in. */
const open = async (page, demo) => {
  await page.goto(`${demo.origin}/fetch/page`);
  await page.waitForFunction(() => window.loaded);
  await page.evaluate(() => window.auth.ready);
};
const signIn = (page) => page.evaluate((password) => window.auth.signIn({ name: 'ann', password }).then(() => {}), HOST_PASSWORD);

for (const name of ENGINES) {
  describe(`auth.fetch in ${name}`, where(name), () => {
    const suite = fixture(name, () => Demo.start({ https: needsTls(name), serve: host }));
    let demo, page;
    beforeEach(async () => {
      ({ demo, page } = suite);
      await open(page, demo);
    });

    const isDifferent = async ({ says, run, expect, signedOut }) => {
      assert.ok(DOCS.includes(says), 'the documentation says so');
      if (!signedOut) await signIn(page);
      const observed = await observe(page, run, 'auth');
      assert.deepEqual(observed, { returned: expect?.[name] ?? expect });
    };
    for (const [what, difference] of Object.entries(DIFFERENT)) {
      it(`differs: ${what}`, () => isDifferent(difference));
    }
    for (const [what, run] of Object.entries(SAME)) {
      it(`does as fetch: ${what}`, async () => {
        await signIn(page);
        const raw = await observe(page, run, 'raw');
        assert.ok('returned' in raw, raw.threw);
        const standard = BEHIND[name]?.[what];
        assert.deepEqual(await observe(page, run, 'auth'), standard ? { returned: standard } : raw);
        if (standard) assert.notDeepEqual(raw.returned, standard, 'the browser has caught up');
      });
    }

    it('every request carries the token, and the browser\'s own carry none', async () => {
      await signIn(page);
      for (const what of ['many at once', 'every kind of body', 'methods']) await observe(page, SAME[what], 'auth');
      const sent = demo.fetchServer.seen.filter(({ url }) => /echo|text/.test(url));
      assert.ok(sent.length > 50, `${sent.length}`);
      assert.ok(sent.every(({ headers }) => headers.authorization));
      await observe(page, (fetch) => fetch('/fetch/text?raw').then((answer) => answer.text()), 'raw');
      const [raw] = demo.fetchServer.of('/fetch/text?raw');
      assert.equal(raw.headers.authorization, undefined, 'the control: the browser\'s own have none');
    });

    it('an unread body is not fetched, and a cancelled body stops', { covers: ['C-030'] }, async () => {
      await signIn(page);
      const sent = {};
      for (const which of ['raw', 'auth']) {
        await page.evaluate(async (which) => {
          const fetch = which === 'auth' ? window.auth.fetch : window.raw;
          window.unread = await fetch(`/fetch/chunks?count=2000&bytes=100000&length&unread=${which}`);
        }, which);
        await new Promise((done) => setTimeout(done, 1500));
        const [unread] = demo.fetchServer.of(`unread=${which}`);
        sent[which] = unread.sent;
        await page.evaluate(() => window.unread.body.cancel());
        for (const end = Date.now() + 5000; !unread.closed && Date.now() < end; ) await new Promise((done) => setTimeout(done, 20));
        assert.ok(unread.closed);
      }
      // Firefox and WebKit buffer a body from the network even if nobody reads it.
      const most = name === 'chromium' ? 30_000_000 : sent.raw * 1.5;
      assert.ok(sent.auth < most, `of 200 million bytes were sent: ${JSON.stringify(sent)}`);
    });

    it('a flood of requests is limited, and the vault works afterwards', { covers: ['C-030', 'I-07'] }, async () => {
      await signIn(page);
      const [outcomes, after] = await page.evaluate(async () => {
        const flood = Array.from({ length: 3_000 }, () => window.auth.fetch('/fetch/text', { cache: 'no-store' }).then((answer) => answer.text(), (error) => error.code ?? error.name));
        const outcomes = (await Promise.all(flood)).reduce((counts, outcome) => ({ ...counts, [outcome]: (counts[outcome] ?? 0) + 1 }), {});
        return [outcomes, await (await window.auth.fetch('/fetch/text')).text()];
      });
      assert.ok(outcomes.text >= 500, JSON.stringify(outcomes));
      assert.ok(outcomes.unavailable > 0, JSON.stringify(outcomes));
      assert.deepEqual(Object.keys(outcomes).filter((outcome) => !['text', 'unavailable', 'TypeError'].includes(outcome)), []);
      assert.equal(after, 'text');
    });

    // Chromium limits blobs to 500 MB at first, and does not collect a page's garbage to free them.
    it('a body of bytes is sent without making a Blob', async () => {
      await signIn(page);
      const [length, blobs] = await page.evaluate(async () => {
        const { Blob } = window;
        let made = 0;
        window.Blob = class extends Blob {
          constructor(...given) {
            super(...given);
            made++;
          }
        };
        const answer = await window.auth.fetch('/fetch/echo', { method: 'POST', body: new Uint8Array(3_000_000) });
        window.Blob = Blob;
        return [(await answer.json()).length, made];
      });
      assert.deepEqual([length, blobs], [3_000_000, 0]);
    });

    it('a body that is read slowly arrives whole', async () => {
      await signIn(page);
      const length = await page.evaluate(async () => {
        const answer = await window.auth.fetch('/fetch/chunks?count=100&bytes=100000&length');
        const reader = answer.body.getReader();
        let length = 0;
        for (let n = 0; ; n++) {
          const { done, value } = await reader.read();
          if (done) return length;
          length += value.byteLength;
          if (n % 20 === 0) await new Promise((next) => setTimeout(next, 30));
        }
      });
      assert.equal(length, 10_000_000);
    });
  });
}

describe('auth.fetch in chromium, where garbage can be collected', where('chromium'), () => {
  const suite = fixture('chromium', () => Demo.start({ serve: host }));
  beforeEach(async () => {
    await open(suite.page, suite.demo);
    await signIn(suite.page);
  });

  it('responses that the page has dropped release their connections', async () => {
    // A browser opens at most six connections to a host (HTTP/1.1).
    const status = await suite.page.evaluate(async () => {
      for (let n = 0; n < 6; n++) await window.auth.fetch(`/fetch/chunks?count=100&bytes=100000&length&forgotten=${n}`);
      const another = window.auth.fetch('/fetch/text');
      for (let n = 0; n < 20; n++) {
        await new Promise((next) => setTimeout(next, 100));
        window.gc();
      }
      return (await another).status;
    });
    assert.equal(status, 200);
    assert.equal(suite.demo.fetchServer.of('forgotten').filter(({ closed }) => closed).length, 6);
  });

  it('a body that is being read is not garbage-collected', async () => {
    const lengths = await suite.page.evaluate(async () => {
      const collecting = setInterval(() => window.gc(), 20);
      const whole = window.auth.fetch('/fetch/chunks?count=30&bytes=100000&pause=20').then((answer) => answer.arrayBuffer());
      const reader = (await window.auth.fetch('/fetch/chunks?count=30&bytes=100000&pause=20')).body.getReader();
      let length = 0;
      for (let next = await reader.read(); !next.done; next = await reader.read()) length += next.value.byteLength;
      clearInterval(collecting);
      return [length, (await whole).byteLength];
    });
    assert.deepEqual(lengths, [3_000_000, 3_000_000]);
  });
});
