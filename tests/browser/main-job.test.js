/** The main job in real browsers: a person signs in, works and signs out, and an attacker gets nothing. */
import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { ENGINES, fixture, openSignedIn, signedIn, signIn, signOut, where, writeNote } from './harness.js';
import { attack } from './attack-fixture.js';
import { attackScript, Symbolon } from './victims.js';

/** The attacks that only listen, all at once. */
const LISTENERS = ['C-001', 'C-002', 'C-003', 'C-004', 'C-007', 'C-011', 'C-019', 'C-020'].map(attack);

for (const name of ENGINES) {
  describe(`the main job in ${name}`, where(name), () => {
    const suite = fixture(name);
    let context, demo, page;
    beforeEach(async () => {
      ({ context, demo, page } = suite);
      const nobody = { origin: 'http://127.0.0.1:9' };
      const spy = attackScript(new Symbolon(demo, { policy: true }), nobody, LISTENERS);
      demo.injected = `${spy}\nwindow.search = () => (${attack('C-018').run})(window.attack).then(window.attack.deliver);`;
    });

    /** Returns both halves from the last request that the API accepted. */
    const bothHalves = () => {
      const { headers } = demo.exchanges.findLast(({ url, status }) => url === '/api/me' && status === 200);
      return { authorization: headers.authorization, cookie: headers.cookie };
    };

    it('a wrong password is refused, and another can be tried', async () => {
      await page.goto(demo.origin);
      await page.waitForSelector('#signed-out:not([hidden])');
      await page.type('[name=name]', 'ann');
      await page.type('[name=password]', 'close sesame');
      await page.click('#sign-in button');
      await page.waitForFunction(() => document.querySelector('#refusal').textContent.includes('wrong'));
      assert.equal(await page.$eval('#status', (element) => element.textContent), 'signed out');
      await page.$eval('#sign-in', (form) => form.reset());
      await signIn(page);
    });

    it('a person signs in and uses the API', async () => {
      await openSignedIn(page, demo);
      await writeNote(page, 'the other half is at the harbour');
      assert.equal(await page.$eval('#name', (element) => element.textContent), 'ann');
    });

    it('a reload finds the person still signed in', async () => {
      await openSignedIn(page, demo);
      await writeNote(page, 'the other half is at the harbour');
      await page.reload();
      await signedIn(page);
      assert.equal(await page.$eval('#notes .text', (element) => element.textContent), 'the other half is at the harbour');
    });

    it('a spy in the page that hears and searches everything finds neither half', { covers: ['I-01', 'I-02', 'I-03', 'P-06'] }, async () => {
      await openSignedIn(page, demo);
      await writeNote(page, 'the other half is at the harbour');
      await page.reload();
      await signedIn(page);
      const seen = await page.evaluate(() => window.search());
      const heard = Object.values(seen).flat().join('\n');
      assert.ok(heard.includes('the other half is at the harbour'), 'the control: it does hear the messages');
      assert.ok(demo.tokens.length >= 2 && demo.cookies.length >= 3, 'the control: there is something to hear');
      for (const secret of [...demo.tokens, ...demo.cookies, ...demo.vaultSecrets]) assert.ok(!heard.includes(secret));
      // A token works only with its signature, so the signature alone is a secret, too.
      for (const token of demo.tokens) assert.ok(!heard.includes(token.split('.')[2]));
    });

    it('a token taken from the wire opens nothing without its cookie', { covers: ['T-18'] }, async () => {
      await openSignedIn(page, demo);
      const halves = bothHalves();
      assert.equal((await demo.elsewhere('/api/me', halves)).status, 200, 'the control: both halves together do');
      const alone = await demo.elsewhere('/api/me', { authorization: halves.authorization });
      assert.equal(alone.status, 401);
      assert.equal((await alone.json()).code, 'sign_in_required');
    });

    it('script can neither plant nor see our cookies', { covers: ['C-03', 'C-04'] }, async () => {
      await openSignedIn(page, demo);
      await page.evaluate(plant);
      const seen = await page.evaluate(async () => [document.cookie, JSON.stringify((await globalThis.cookieStore?.getAll()) ?? [])].join());
      for (const secret of demo.cookies) assert.ok(!seen.includes(secret));
      // WebKit shows the planted cookies to the page, and still sends the server's own.
      if (name !== 'webkit') assert.equal(seen, ',[]');
      await page.reload();
      await signedIn(page);
      assert.ok(!demo.exchanges.some(({ headers }) => headers.cookie?.includes('planted')));
    });

    it('sign-out ends the session on the server and clears the storage', { covers: ['S-03', 'S-23'] }, async () => {
      await openSignedIn(page, demo);
      const halves = bothHalves();
      await page.evaluate(() => localStorage.setItem('draft', 'private'));
      const { exp } = JSON.parse(Buffer.from(halves.authorization.split('.')[1], 'base64url').toString());
      await signOut(page);
      assert.ok(exp > Date.now() / 1000 + 60);
      assert.equal((await demo.elsewhere('/api/me', halves)).status, 401);
      await page.reload();
      await page.waitForSelector('#signed-out:not([hidden])');
      assert.equal(await page.evaluate(() => localStorage.getItem('draft')), null);
    });

    it('another person signs in on the same page, although script has planted cookies', { covers: ['C-03'] }, async () => {
      await openSignedIn(page, demo);
      await signOut(page);
      // WebKit accepts the planted cookies while ours are absent: it does not enforce these prefixes.
      await page.evaluate(plant);
      await signIn(page, 'ben');
      assert.equal(await page.$eval('#name', (element) => element.textContent), 'ben');
      const { headers } = demo.exchanges.findLast(({ url }) => url === '/api/notes');
      assert.ok(!headers.cookie.includes('planted'), 'the sign-in has replaced it');
      await signOut(page);
    });

    it('two tabs share no token, and a sign-out in one ends both', { covers: ['I-15', 'S-03'] }, async () => {
      await openSignedIn(page, demo);
      await writeNote(page, 'from one tab');
      const other = await context.newPage();
      await other.goto(demo.origin);
      await signedIn(other);
      await writeNote(other, 'from the other');
      const wrote = (text) => demo.exchanges.find(({ method, body }) => method === 'POST' && body.includes(text));
      const [one, another] = [wrote('from one tab'), wrote('from the other')].map(({ headers }) => headers);
      assert.notEqual(one.authorization, another.authorization);
      const halves = { authorization: another.authorization, cookie: another.cookie };
      assert.equal((await demo.elsewhere('/api/me', halves)).status, 200, 'the control: it could go on');

      await page.bringToFront();
      await signOut(page);
      assert.equal((await demo.elsewhere('/api/me', halves)).status, 401);
      await other.bringToFront();
      await other.$eval('#write', (form) => {
        form.elements.text.value = 'too late';
        form.requestSubmit();
      });
      await other.waitForSelector('#signed-out:not([hidden])');
      assert.notEqual(wrote('too late')?.status, 200);
    });

    const full = { skip: name === 'webkit' && 'its jar is never full, so nothing is pushed out' };
    it('a person whose cookies were pushed out is signed out, once, and can sign in again', { covers: ['C-14', 'K-014'], ...full }, async () => {
      await openSignedIn(page, demo);
      const before = demo.exchanges.length;
      await page.evaluate(() => {
        for (let n = 0; n < 700; n++) document.cookie = `flood${n}=x; Path=/; Secure`;
        document.cookie = '__Host-Http-symbolon=planted; Secure; Path=/';
      });
      await page.reload();
      await page.waitForSelector('#signed-out:not([hidden])');
      await new Promise((done) => setTimeout(done, 1000));
      const asked = demo.exchanges.slice(before).filter(({ url }) => url === '/auth/refresh');
      assert.ok(asked.length <= 1, `it asked ${asked.length} times`);
      assert.ok(!demo.exchanges.some(({ headers }) => headers.cookie?.includes('planted')), 'nothing was planted');
      await page.evaluate(() => {
        for (let n = 0; n < 700; n++) document.cookie = `flood${n}=; Path=/; Secure; Max-Age=0`;
      });
      await signIn(page);
      await signOut(page);
    });

    it("no secret is in a log, a URL or a body, except in the vault's own script", { covers: ['L-03', 'H-08', 'I-19'] }, async () => {
      await openSignedIn(page, demo);
      await writeNote(page, 'from one tab');
      await page.reload();
      await signedIn(page);
      const other = await context.newPage();
      await other.goto(demo.origin);
      await signedIn(other);
      await page.bringToFront();
      await signOut(page);
      await signIn(page, 'ben');
      await signOut(page);
      const secrets = [...demo.tokens, ...demo.cookies, ...demo.vaultSecrets, 'open sesame'];
      assert.ok(demo.log.includes('"authorization": Sensitive'), 'the control: the log is at its most talkative');
      const sealed = demo.exchanges.filter(({ answer }) => answer.includes('"sealed_grant":"'));
      assert.ok(sealed.length >= demo.tokens.length, 'the control: the answers that bring the tokens are among these');
      for (const secret of secrets) {
        assert.ok(!demo.log.includes(secret.slice(-20)));
        for (const { url, answer } of demo.exchanges) {
          assert.ok(!url.includes(secret) && !url.includes(encodeURIComponent(secret)), url);
          if (url === '/' || url === '/auth/vault.js') continue;
          assert.ok(!answer.includes(secret), url);
        }
      }
    });
  });
}

/** Sets cookies with the names of Symbolon's. Runs in the page. */
function plant() {
  for (const name of ['__Host-Http-symbolon', '__Host-Http-symbolon-refresh']) document.cookie = `${name}=planted; Secure; Path=/`;
}
