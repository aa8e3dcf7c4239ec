/** The npm package as it is published: what is in it, what its types say, and what it does not do. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cp, readFile } from 'node:fs/promises';
import path from 'node:path';
import { before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { PACKAGES, tool } from './applications.js';

const run = promisify(execFile);
const TARBALL = process.env.SYMBOLON_TARBALL;
const INSTALLED = path.join(PACKAGES, 'node_modules/symbolon');
const golden = (file) => readFile(path.join(import.meta.dirname, file), 'utf8');

describe('the npm package', () => {
  let files, manifest;
  before(async () => {
    const { stdout } = await run('tar', ['-tzf', TARBALL]);
    files = stdout
      .trim()
      .split('\n')
      .map((file) => file.replace('package/', ''))
      .sort();
    manifest = JSON.parse(await readFile(path.join(INSTALLED, 'package.json'), 'utf8'));
  });
  const read = (file) => readFile(path.join(INSTALLED, file), 'utf8');

  it('contains the files of files.txt and no others', async () => {
    assert.equal(`${files.join('\n')}\n`, await golden('files.txt'));
  });

  it('runs nothing when it is installed, and brings nothing with it', () => {
    for (const key of ['scripts', 'dependencies', 'bundleDependencies']) assert.equal(manifest[key], undefined, key);
    const optional = Object.keys(manifest.peerDependencies ?? {}).map((name) => [name, { optional: true }]);
    assert.deepEqual(manifest.peerDependenciesMeta ?? {}, Object.fromEntries(optional), 'no framework is asked for');
  });

  it('names types before code, and nothing that is not there', () => {
    for (const [entry, target] of Object.entries(manifest.exports)) {
      if (typeof target === 'object') assert.deepEqual(Object.keys(target), ['types', 'default'], entry);
      for (const file of typeof target === 'object' ? Object.values(target) : [target]) {
        assert.ok(files.includes(file.replace('./', '')), `${entry} is ${file}`);
      }
    }
  });

  it('touches nothing of a browser until a client is made, so that servers can render', async () => {
    for (const entry of scripts()) await import(path.join(INSTALLED, entry));
  });

  it('has the page half once, so that an AuthError is an AuthError everywhere', async () => {
    for (const entry of scripts()) {
      const defined = /class AuthError\b|AuthError = class\b/.test(await read(entry));
      assert.equal(defined, entry.endsWith('/index.js'), entry);
    }
  });

  it('says nothing of where it was built', async () => {
    for (const file of files) {
      const text = await readFile(path.join(INSTALLED, file), 'latin1');
      for (const trace of ['/home/', '/root/', path.resolve(import.meta.dirname, '../..')]) {
        assert.ok(!text.includes(trace), `${file} has ${trace}`);
      }
    }
  });

  it('has maps that bring the sources', async () => {
    for (const entry of scripts()) {
      const { sources, sourcesContent } = JSON.parse(await read(`${entry}.map`));
      assert.ok(sources.length > 0 && sources.length === sourcesContent.length);
      for (const source of sources) assert.match(source, /^\.\.\/(js|pkg)\//);
    }
  });

  it('has nothing that publint finds fault with', async () => {
    await run(tool('publint'), ['run', TARBALL, '--strict'], { cwd: PACKAGES });
  });

  it('has types that every way of resolving modules finds', async () => {
    // What is no script for a page has no types.
    const without = ['--exclude-entrypoints', 'vault.wasm', 'worker'];
    await run(tool('attw'), [TARBALL, '--profile', 'esm-only', '--format', 'ascii', '--no-color', ...without], { cwd: PACKAGES });
  });

  it('has no `any` in its types, which would let everything pass', async () => {
    for (const file of files.filter((file) => file.endsWith('.d.ts'))) {
      const code = (await read(file)).replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, '');
      assert.doesNotMatch(code, /\bany\b/, file);
    }
  });

  it('has types by which a strict application compiles, and a wrong one does not', async () => {
    await cp(path.join(import.meta.dirname, 'types'), path.join(PACKAGES, 'types'), { recursive: true });
    const tsc = path.join(import.meta.dirname, '../../node_modules/.bin/tsc');
    await run(tsc, ['--project', path.join(PACKAGES, 'types')]);
  });

  /** The entry points that are scripts for a page. */
  const scripts = () => {
    const targets = Object.values(manifest.exports).map((target) => target.default ?? target);
    return targets.filter((file) => file.endsWith('.js') && !file.endsWith('/worker.js'));
  };
});
