/** Tests the documentation: its examples compile, and every member that a developer sees has one. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, it } from 'node:test';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const read = (file) => readFileSync(path.join(ROOT, file), 'utf8');
const TSC = path.join(ROOT, 'node_modules/typescript/bin/tsc');

/** The sources of the published declarations, and the pages for web developers. */
const SOURCES = ['auth-client', 'axios', 'claims', 'create', 'doctor', 'doctor/complaints', 'error', 'index', 'react', 'state', 'testing', 'vue'];
const FILES = [...SOURCES.map((name) => `wasm-client/js/${name}.ts`), 'docs/client.md', 'docs/bundlers.md', 'wasm-client/README.md'];

/** Returns the blocks of TypeScript in a file, each with as many empty lines before it as keep the numbers of its lines. */
function blocksOf(file) {
  const lines = read(file)
    .split('\n')
    .map((line) => (file.endsWith('.ts') ? line.replace(/^ *\* ?/, '') : line));
  const blocks = [];
  lines.forEach((line, start) => {
    const language = /^```(tsx?)$/.exec(line)?.[1];
    if (!language) return;
    const end = lines.indexOf('```', start);
    const code = [...Array(start + 1).fill(''), ...lines.slice(start + 1, end), 'export {};'].join('\n');
    blocks.push({ name: `${file.replaceAll('/', '__')}__${start + 1}.tsx`, code });
  });
  return blocks;
}

function tsc(project) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [TSC, '--project', project], { cwd: ROOT, encoding: 'utf8' });
  return status === 0 ? '' : stdout + stderr;
}

describe('the examples of the documentation', () => {
  it('compile against the declarations of the package', () => {
    const folder = path.join(ROOT, 'target/client-examples');
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    const blocks = FILES.flatMap(blocksOf);
    assert.ok(blocks.length > 50, `the control: ${blocks.length} examples were read`);
    for (const { name, code } of blocks) writeFileSync(path.join(folder, name), code);
    const compilerOptions = { jsx: 'react-jsx', noUnusedLocals: false, skipLibCheck: true };
    const project = {
      extends: '../../tests/client/tsconfig.json',
      compilerOptions,
      files: ['../../tests/client/examples.d.ts', ...readdirSync(folder)],
    };
    writeFileSync(path.join(folder, 'tsconfig.json'), JSON.stringify(project));
    assert.equal(tsc('target/client-examples'), '');

    writeFileSync(path.join(folder, blocks[0].name), 'auth.getToken();\nexport {};');
    assert.match(tsc('target/client-examples'), /getToken/, 'the control: what does not compile is seen');
  });

  it('exist for every function, and for every member of the client and of the options', () => {
    /** Members whose types say it all. */
    const plain = ['children'];
    const documented = /(?:\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\n)?(class |export (?:function|const|interface) (\w+)[^\n]*| {2}readonly (\w+)\??:)/g;
    const isMember = /Client$|Options$|Props$/;
    let count = 0;
    for (const source of SOURCES) {
      let owner = '';
      for (const [, comment = '', line, exported, member] of read(`wasm-client/js/${source}.ts`).matchAll(documented)) {
        if (!member) owner = exported ?? '';
        const isChecked = member ? isMember.test(owner) && !plain.includes(member) : /^export (function|const)/.test(line);
        if (!isChecked || comment.includes('@internal')) continue;
        count++;
        assert.match(comment, /@example\n *\* ```tsx?\n/, `${source}.ts: ${member ? `${owner}.${member}` : owner}`);
      }
    }
    assert.ok(count > 35, `the control: ${count} members were read`);
  });
});

describe('the tests’ own JavaScript', () => {
  it('passes the type checker', () => {
    assert.equal(tsc('tests/client/tsconfig.js.json'), '');
  });
});
