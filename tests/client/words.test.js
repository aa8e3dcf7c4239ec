/** Tests the public strings: all are in snake_case, and every code has a message. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { AuthError } from 'symbolon';

const read = (file) => readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8');
const CODES = [...read('wasm-client/js/error.ts').matchAll(/^ {2}\| '(.*?)'/gm)].map(([, code]) => code ?? '');

describe('the public string literals', () => {
  it('are in snake_case', () => {
    // The name of a class, and a key of Standard Schema.
    const exempt = ["'AuthError'", "'~standard'"];
    const lines = read('docs/api.md').split('\n');
    const literals = lines
      .flatMap((line) => (/^(import|export) .* from '/.test(line) ? [] : (line.match(/'[^']*'/g) ?? [])))
      .filter((literal) => !exempt.includes(literal));
    assert.ok(literals.length > 40, `the control: ${literals.length} literals were read`);
    for (const literal of literals) assert.match(literal, /^'[a-z]+(_[a-z]+)*'$/);
  });
});

describe('every error code', () => {
  it('has a message that says what happened and what to do', () => {
    assert.ok(CODES.length > 20, 'the control: the codes were read');
    for (const code of CODES) {
      const { message, docs } = new AuthError(/** @type {import('symbolon').AuthErrorCode} */ (code));
      assert.ok(message.startsWith(`${code}: `) && message.endsWith(` ${docs}`), message);
      const text = message.slice(code.length + 2, -docs.length - 1);
      assert.match(text, /^[A-Z].{10,}\. [A-Z].*\.$/, code);
    }
  });

  it('has no secret in its message, nor a place for one', () => {
    for (const code of CODES) {
      const { message, docs } = new AuthError(/** @type {import('symbolon').AuthErrorCode} */ (code), 'idle', new Error('eyJhbGciOiJIUzI1NiJ9'));
      const text = message.replace(docs, '');
      assert.doesNotMatch(text, /[A-Za-z0-9_-]{30,}|eyJ|\bundefined\b|\$\{|%s/, code);
    }
  });

  it('has a section in the documentation', () => {
    const page = read('docs/client.md');
    for (const code of CODES) assert.ok(page.includes(`\n### ${code}\n`), code);
  });
});
