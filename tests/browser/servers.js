/** The servers that browser tests start: the demo's, and that of the whole-system tests. */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { setting } from './settings.js';

/** The password of everybody at the demo. */
export const PASSWORD = 'open sesame';
/** The password of everybody at the server of the whole-system tests. */
export const HOST_PASSWORD = 'correct horse battery staple';

/** @typedef {import('node:child_process').ChildProcessWithoutNullStreams} Server */

/**
 * Starts the demo's server. Without an `origin`, browsers call it by its own address.
 *
 * @param {string | undefined} origin
 * @param {string} folder
 * @param {string[]} more
 * @returns {Server}
 */
export function bank(origin, folder, ...more) {
  const options = ['--listen', '127.0.0.1:0', '--store', path.join(folder, 'demo.db'), ...more];
  if (origin) options.push('--origin', origin);
  return spawn(setting('SYMBOLON_WWW'), options, { env: { ...process.env, RUST_LOG: 'trace' } });
}

/**
 * Starts the server of the whole-system tests, which renders pages and has an API that echoes. `more` has its settings.
 *
 * @param {string} origin
 * @param {string} folder
 * @param {Record<string, string>} more
 * @returns {Server}
 */
export function host(origin, folder, more = {}) {
  const env = { ...process.env, SEEN: origin, SYMBOLON_KEYS: randomBytes(32).toString('base64url'), ...more };
  return spawn(setting('SYMBOLON_NODE'), [path.join(folder, 'sessions.db')], { env });
}

/**
 * Returns the first line that a server prints, which is its address.
 *
 * @param {Server} server
 * @param {() => string} log
 */
export async function firstLine(server, log) {
  const ended = once(server, 'exit').then(([status]) => {
    throw new Error(`the server has ended with status ${status} before it listened: ${log()}`);
  });
  const line = once(createInterface({ input: server.stdout }), 'line').then(([line]) => String(line));
  ended.catch(() => {});
  return Promise.race([line, ended]);
}

/**
 * Ends a server, and waits until its process is gone.
 *
 * @param {Server} server
 */
export async function end(server) {
  if (server.exitCode !== null || server.signalCode !== null) return;
  const gone = once(server, 'exit');
  server.kill('SIGKILL');
  await gone;
}
