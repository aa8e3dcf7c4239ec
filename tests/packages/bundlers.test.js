/** Applications that have the npm package from its tarball, as their bundlers build them, against the real server. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { before, beforeEach, describe, it } from 'node:test';
import { BROWSERS, Demo, fixture, host, HOST_PASSWORD } from '../browser/harness.js';
import { build, chosen } from './applications.js';

for (const application of chosen()) {
  describe(`built with ${application.name}`, () => {
    let pages, allowed;
    before(async () => {
      pages = await build(application);
      const hashes = await inlineScripts(pages);
      allowed = [hashes.length > 0 && `script-src ${hashes.join(' ')}`, application.allowed].filter(Boolean);
    });
    const serve = (origin, folder) => host(origin, folder, { PAGES: pages, ALLOWED: allowed.join(';').replaceAll('ORIGIN', origin) });

    for (const name of BROWSERS) {
      describe(`the main job of an application in ${name}`, () => {
        const on = fixture(name, () => Demo.start({ serve }));
        let demo, page;
        beforeEach(async () => {
          ({ demo, page } = on);
          await page.evaluateOnNewDocument(() => {
            window.refused = [];
            addEventListener('securitypolicyviolation', (event) => {
              window.refused.push(`${event.effectiveDirective} ${event.blockedURI} ${event.sample}`);
            });
          });
          await page.goto(demo.origin);
        });
        const refused = () => page.evaluate(() => window.refused);
        const shows = async (id, text) => {
          const isShown = (id, text) => document.getElementById(id)?.textContent === text;
          await page.waitForFunction(isShown, { timeout: 15_000 }, id, text).catch(async (cause) => {
            throw new Error(`#${id} does not show '${text}'; the policy has refused: ${await refused()}`, { cause });
          });
        };
        const vaults = () => demo.exchanges.filter(({ url }) => url === '/auth/vault.js').length;

        const signIn = async () => {
          await shows('status', 'signed_out');
          await page.type('[name=name]', 'ann');
          await page.type('[name=password]', HOST_PASSWORD);
          await page.click('#sign-in button');
          await shows('me', 'ann');
        };
        const goToOther = async () => {
          await page.click('#other');
          await shows('place', 'other');
        };

        it('signs in, and fetches', async () => {
          await signIn();
          assert.deepEqual(await refused(), [], 'the policy lets everything be that it needs');
        });

        it('is still signed in on another page, with the same vault', { skip: !application.routed }, async () => {
          await signIn();
          const before = vaults();
          await goToOther();
          await shows('me', 'ann');
          assert.equal(vaults(), before, 'no page was loaded');
          assert.deepEqual(await refused(), []);
        });

        it('finds the session again at a reload', async () => {
          await signIn();
          if (application.routed) await goToOther();
          await page.reload();
          await shows('me', 'ann');
          if (application.routed) await shows('place', 'other');
          assert.equal(vaults(), 2, 'one vault for each load, whatever a framework does twice');
        });

        it('signs out, and the server knows', async () => {
          await signIn();
          const { headers } = demo.exchanges.findLast(({ url, status }) => url === '/api/me' && status === 200);
          const halves = { authorization: headers.authorization, cookie: headers.cookie };
          assert.equal((await demo.elsewhere('/api/me', halves)).status, 200, 'the control: they open it now');
          await page.click('#sign-out');
          await shows('status', 'signed_out');
          await page.waitForFunction(() => localStorage.getItem('symbolon:sign-out') === null);
          assert.equal((await demo.elsewhere('/api/me', halves)).status, 401);
          assert.deepEqual(await refused(), []);
        });
      });
    }
  });
}

/** The sources by which a policy allows the scripts that stand in these pages. */
async function inlineScripts(folder) {
  const hashes = new Set();
  for (const file of await readdir(folder, { recursive: true })) {
    if (!file.endsWith('.html')) continue;
    const html = await readFile(path.join(folder, file), 'utf8');
    for (const [, script] of html.matchAll(/<script(?![^>]* src=)[^>]*>([\s\S]*?)<\/script>/g)) {
      hashes.add(`'sha256-${createHash('sha256').update(script).digest('base64')}'`);
    }
  }
  return [...hashes];
}
