/** A reporter that writes which suites have passed in which engine, as the table in the documentation. */
import { execFileSync } from 'node:child_process';

const ENGINES = {
  chromium: ['Chromium', process.env.CHROMIUM],
  firefox: ['Firefox', process.env.FIREFOX],
  webkit: ['WebKitGTK', process.env.WEBKIT_DRIVER],
};

/** @typedef {{ nesting: number, outcome: 'skipped' | 'passed' | 'failed' }} Ended */
/** @typedef {Map<string, Record<string, Ended[]>>} Rows */

/** @param {AsyncIterable<{ type: string, data: any }>} events */
export default async function* support(events) {
  /** @type {Rows} */
  const rows = new Map();
  /** @type {Ended[]} */
  let open = [];
  for await (const { type, data } of events) {
    if (type !== 'test:pass' && type !== 'test:fail') continue;
    if (data.details?.type !== 'suite') {
      open.push({ nesting: data.nesting, outcome: data.skip ? 'skipped' : type === 'test:pass' ? 'passed' : 'failed' });
      continue;
    }
    // A suite is reported after what is in it.
    const [, what, engine] = data.name.match(/^(.*) in (chromium|firefox|webkit)\b/) ?? [];
    const inside = open.filter(({ nesting }) => nesting > data.nesting);
    open = open.filter(({ nesting }) => nesting <= data.nesting);
    if (!what || data.skip) continue;
    const row = rows.get(what) ?? {};
    rows.set(what, { ...row, [engine]: [...(row[engine] ?? []), ...inside] });
  }
  yield table(rows);
}

/** @param {Rows} rows */
function table(rows) {
  const engines = Object.entries(ENGINES);
  const heads = engines.map(([, [name, program]]) => (program ? `${name} ${version(program)}`.trim() : name));
  const lines = [...rows].sort().map(([what, row]) => `| ${[what, ...engines.map(([engine]) => cell(row[engine]))].join(' | ')} |`);
  return `| tests of | ${heads.join(' | ')} |\n|---|---|---|---|\n${lines.join('\n')}\n`;
}

/** @param {Ended[] | undefined} tests */
function cell(tests = []) {
  /** @type {(wanted: Ended['outcome']) => number} */
  const count = (wanted) => tests.filter(({ outcome }) => outcome === wanted).length;
  const [passed, failed, skipped] = [count('passed'), count('failed'), count('skipped')];
  if (tests.length === 0) return '–';
  return `${passed} of ${passed + failed}${skipped ? `, ${skipped} do not apply` : ''}`;
}

/**
 * Returns the version that a program prints, or nothing: WebKit's driver prints none.
 *
 * @param {string} program
 */
function version(program) {
  try {
    return String(execFileSync(program, ['--version'], { stdio: ['ignore', 'pipe', 'ignore'] })).match(/\d+(\.\d+)?/)?.[0] ?? '';
  } catch {
    return '';
  }
}
