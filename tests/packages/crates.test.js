/** The packed crates: a server that is built from them alone serves the vault, and signs a person in. */
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import http from 'node:http';
import net from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

const { SYMBOLON_PACKED: SERVER, SYMBOLON_VISITOR: VISITOR } = process.env;
/** What a browser says of a worker load. */
const WORKER_LOAD = { 'sec-fetch-dest': 'worker', 'sec-fetch-mode': 'same-origin', 'sec-fetch-site': 'same-origin' };

describe('a server that is built from the packed crates alone', () => {
  let folder, origin, server;
  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'symbolon-packed-'));
    const address = `127.0.0.1:${await freePort()}`;
    origin = `http://${address}`;
    const settings = { SYMBOLON_ADDR: address, SYMBOLON_ORIGIN: origin, SYMBOLON_KEYS: randomBytes(32).toString('base64url') };
    server = spawn(SERVER, { cwd: folder, env: { ...process.env, ...settings }, stdio: ['ignore', 'inherit', 'inherit'] });
    await answers(origin, server);
  });
  after(async () => {
    server.kill('SIGINT');
    await rm(folder, { recursive: true });
  });

  it('serves the vault to a worker load, and to no other request', async () => {
    const script = await get(`${origin}/auth/vault.js`, WORKER_LOAD);
    assert.equal(script.status, 200);
    const boot = JSON.parse(script.body.toString().match(/const boot=(\{.*\});\n/)[1]);
    assert.equal((await get(`${origin}/auth/vault.js`, {})).status, 403);
    const module = await get(new URL(boot.module, origin), {});
    assert.equal(module.status, 200);
    assert.ok(module.body.subarray(0, 4).equals(Buffer.from('\0asm')), 'it is a WebAssembly module');
  });

  it('signs a person in, who can then use the API', async () => {
    assert.equal((await get(`${origin}/api/me`, {})).status, 401, 'the control: nobody is signed in');
    const { stdout } = await promisify(execFile)(VISITOR, [origin, 'ann', 'open sesame']);
    assert.equal(stdout.trim(), 'hello, 7');
  });
});

async function freePort() {
  const listener = net.createServer().listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const { port } = listener.address();
  listener.close();
  return port;
}

/** Waits until the server answers, for ten seconds at most. */
async function answers(origin, server) {
  for (let tries = 0; tries < 100; tries++) {
    assert.equal(server.exitCode, null, 'the server has stopped: its output stands above');
    if (await get(origin, {}).catch(() => false)) return;
    await sleep(100);
  }
  throw new Error(`the server does not answer at ${origin}`);
}

/** Not with `fetch`, which sets these headers itself. */
async function get(url, headers) {
  const request = http.get(url, { headers });
  const [response] = await once(request, 'response');
  const chunks = [];
  for await (const chunk of response) chunks.push(chunk);
  return { status: response.statusCode, body: Buffer.concat(chunks) };
}
