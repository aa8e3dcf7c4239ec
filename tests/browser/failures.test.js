/** What is kept of a test that fails shows no secret, and says how to run the test alone. */
import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { describe, it } from 'node:test';
import { HOST_PASSWORD, PASSWORD } from './servers.js';
import { describeFailure, keepFailure, listen } from './failures.js';
import { redactExchange, withoutSecrets } from './redact.js';

const TOKEN = `${Buffer.from('{"alg":"HS256"}').toString('base64url')}.eyJzdWIiOiJhbm4ifQ.c2lnbmF0dXJlLW9mLWEtdG9rZW4`;
const PROOF = 'v1.vault-proof-mac.1700000000.nonce-of-a-proof';
const COOKIE = 'the-fingerprint-cookie-value';
const REFRESH = 'the-refresh-token-value';
const VAULT = 'the-vault-cookie-value';
const SECRET = 'the-vault-secret-value';
const GRANT = 'the-sealed-grant-value';
const WEAK = 'the-secret-of-a-weak-victim';
const SECRETS = [TOKEN, TOKEN.split('.')[2], PROOF, COOKIE, REFRESH, VAULT, SECRET, GRANT, WEAK, PASSWORD, HOST_PASSWORD];

const exchange = {
  method: 'POST',
  url: `/auth/sign-in?token=${TOKEN}`,
  headers: { authorization: `Bearer ${TOKEN}`, cookie: `__Host-Http-symbolon=${COOKIE}; theme=dark`, 'symbolon-proof': PROOF, accept: '*/*' },
  body: JSON.stringify({ name: 'ann', password: PASSWORD }),
  status: 200,
  answerHeaders: { 'set-cookie': [`__Host-Http-symbolon-refresh=${REFRESH}; Path=/; HttpOnly`, `__Host-Http-symbolon-vault=${VAULT}; Path=/`] },
  answer: `const boot={"secret":"${SECRET}","sealed_grant":"${GRANT}"};`,
  from: 0,
  to: 1,
};
const demo = {
  exchanges: [exchange],
  tokens: [TOKEN],
  cookies: [COOKIE, REFRESH, VAULT],
  vaultSecrets: [SECRET],
};
/** Everything that a page, a console and an error could say, each secret in several spellings. */
const TALK = [...SECRETS.filter((secret) => secret !== GRANT), `name=ann&password=${HOST_PASSWORD.replaceAll(' ', '+')}`, encodeURIComponent(PASSWORD)].join('\n');

const holdsNoSecret = (text, what) => {
  for (const secret of SECRETS) {
    for (const spelled of [secret, encodeURIComponent(secret), secret.replaceAll(' ', '+')]) assert.ok(!text.includes(spelled), `${what} holds ${spelled}`);
  }
};

describe('what is kept of a failure', () => {
  it('an exchange without its secrets still says what was asked and answered', () => {
    const redacted = redactExchange(exchange);
    holdsNoSecret(JSON.stringify(redacted), 'the exchange');
    assert.equal(redacted.body, '{"name":"ann","password":"[secret]"}');
    assert.deepEqual(redacted.headers, { authorization: '[secret]', cookie: '__Host-Http-symbolon=[secret]; theme=[secret]', 'symbolon-proof': '[secret]', accept: '*/*' });
    assert.deepEqual(redacted.answerHeaders['set-cookie'], ['__Host-Http-symbolon-refresh=[secret]; Path=/; HttpOnly', '__Host-Http-symbolon-vault=[secret]; Path=/']);
    assert.equal(redacted.answer, 'const boot={"secret":"[secret]","sealed_grant":"[secret]"};');
  });

  it('secrets that are known by value are taken out wherever they stand', () => {
    const redact = withoutSecrets(demo, [WEAK]);
    const said = redact(`<p>the harbour</p>\n${TALK}`);
    assert.match(said, /<p>the harbour<\/p>/);
    holdsNoSecret(said, 'the text');
  });

  it('a token and a cookie that nobody has recorded are known by their shape', () => {
    const said = withoutSecrets(undefined)(`${TOKEN}\n__Host-Http-symbolon=unrecorded; Path=/\nname=ann&password=unrecorded`);
    assert.equal(said, '[secret]\n__Host-Http-symbolon=[secret]; Path=/\nname=ann&password=[secret]');
  });

  it('no file that is kept holds a secret', async () => {
    const title = 'a test that fails, for the test of what is kept';
    const { folder } = describeFailure(process.argv[1], 'chromium', title);
    const page = {
      content: async () => `<html><body>${TALK}</body></html>`,
      screenshot: async () => {
        throw new Error('this page has crashed');
      },
    };
    const context = { newPage: async () => page, pages: async () => [page] };
    const said = [];
    try {
      await mkdir(folder, { recursive: true });
      const suite = { engine: 'chromium', demo, contexts: [context], messages: [TALK], secrets: () => [WEAK] };
      await keepFailure({ name: title, diagnostic: (message) => said.push(message) }, suite, new Error(TALK));
      const files = await readdir(folder);
      assert.deepEqual(files.sort(), ['console.txt', 'error.txt', 'exchanges.txt', 'page-1.html']);
      for (const file of files) {
        const text = await readFile(path.join(folder, file), 'utf8');
        assert.match(text, /\[secret\]/, `the control: something was taken out of ${file}`);
        holdsNoSecret(text, file);
      }
    } finally {
      await rm(folder, { recursive: true });
    }
    holdsNoSecret(said.join('\n'), 'what is printed');
  });

  it('consoles and uncaught errors of pages are recorded', async () => {
    const heard = {};
    const page = { on: (event, hear) => (heard[event] = hear) };
    const context = { newPage: async () => page };
    const suite = { messages: [], pageErrors: [] };
    listen(context, suite);
    assert.equal(await context.newPage(), page);
    heard.console({ type: () => 'warn', text: () => 'beware' });
    heard.pageerror(new Error('broken'));
    assert.equal(suite.messages[0], 'warn: beware');
    assert.match(suite.messages[1], /^uncaught: Error: broken/);
    assert.deepEqual(suite.pageErrors, ['broken']);
  });

  it('the command runs this test alone, whatever its title has in it', () => {
    const { command, folder } = describeFailure('/somewhere/tests/browser/demo.test.js', 'firefox', "nothing stands in anybody's way: $(it) fits");
    assert.equal(command, String.raw`cargo xtask test browser demo --engine firefox --grep 'nothing stands in anybody'\''s way: $(it) fits'`);
    assert.match(folder, /target\/browser-failures\/demo\/firefox\/nothing stands in anybody's way_ __it_ fits$/);
  });
});
