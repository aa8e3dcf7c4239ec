/** Tests the test client: an application sees no difference from a real one. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { AuthError, isAuthError } from 'symbolon';
import { createTestClient } from '../../wasm-client/dist/testing.js';

const ANN = { subject: 'ann', claims: { role: 'editor' } };
const refusal = (code) => (error) => isAuthError(error, code);

describe('the client for tests', () => {
  it('begins signed out, or with the given session', async () => {
    assert.deepEqual(createTestClient().state, { status: 'signed_out', reason: undefined });
    const auth = createTestClient({ session: ANN });
    await auth.ready;
    const { subject, claims, id, authenticatedAt } = auth.getSession() ?? assert.fail('no session');
    assert.deepEqual([subject, claims], ['ann', { role: 'editor' }]);
    assert.ok(id && Math.abs(authenticatedAt.getTime() - Date.now()) < 5_000 && Math.abs(auth.now() - Date.now()) < 5_000);
  });

  it('reports each change, sign-in and sign-out once', () => {
    const auth = createTestClient();
    const heard = [];
    auth.on('change', ({ status }) => heard.push(status));
    auth.on('signed_in', ({ subject }) => heard.push(`+${subject}`));
    auth.on('signed_out', (reason) => heard.push(`-${reason}`));
    auth.signInAs(ANN);
    auth.restart();
    auth.fail('offline');
    auth.endSession('idle');
    auth.endSession('revoked');
    auth.signInAs(ANN);
    auth.signInAs({ subject: 'ben' });
    assert.deepEqual(heard, ['signed_in', '+ann', 'starting', 'failed', 'signed_out', '-idle', 'signed_in', '+ann', 'signed_in', '+ben']);
  });

  it('getSnapshot returns the same object until something changes', () => {
    const auth = createTestClient({ session: ANN });
    const { getSnapshot, subscribe } = auth;
    const before = getSnapshot();
    assert.equal(getSnapshot(), before);
    let calls = 0;
    const unsubscribe = subscribe(() => calls++);
    auth.endSession('expired');
    assert.notEqual(getSnapshot(), before);
    unsubscribe();
    auth.signInAs(ANN);
    assert.equal(calls, 1);
  });

  it('onAuthStateChange calls the listener at once, and then at every change', () => {
    const auth = createTestClient({ session: ANN });
    const heard = [];
    const unsubscribe = auth.onAuthStateChange(({ status }) => heard.push(status));
    assert.deepEqual(heard, ['signed_in']);
    auth.endSession('idle');
    unsubscribe();
    auth.signInAs(ANN);
    assert.deepEqual(heard, ['signed_in', 'signed_out']);
  });

  it('ready waits and fails as it would on a page', async () => {
    const auth = createTestClient();
    auth.restart();
    let isReady = false;
    const ready = auth.ready.then(() => (isReady = true));
    await null;
    assert.equal(isReady, false);
    auth.signInAs(ANN);
    await ready;
    auth.fail('worker_blocked');
    await assert.rejects(auth.ready, refusal('worker_blocked'));
    await assert.rejects(auth.fetch('/api/me'), refusal('worker_blocked'));
  });

  it('fetch sends nothing without a session, and the given request with one', async (test) => {
    const sent = [];
    const answer = async (...request) => (sent.push(request), new Response('ann'));
    const auth = createTestClient({ fetch: answer });
    await assert.rejects(auth.fetch('/api/me'), refusal('not_signed_in'));
    await assert.rejects(auth.refresh(), refusal('not_signed_in'));
    assert.deepEqual(sent, []);
    auth.signInAs(ANN);
    assert.equal(await (await auth.fetch('/api/me', { method: 'PUT' })).text(), 'ann');
    assert.deepEqual(sent, [['/api/me', { method: 'PUT' }]]);
    assert.equal(await auth.refresh(), auth.getSession());

    test.mock.method(globalThis, 'fetch', async () => new Response('the global one'));
    assert.equal(await (await createTestClient({ session: ANN }).fetch('/api/me')).text(), 'the global one');
  });

  it('signs in as the application’s handler would, or refuses as it would', async () => {
    /** @param {any} credentials */
    const signIn = ({ password }) => {
      if (password !== 'open sesame') throw new AuthError('bad_credentials');
      return ANN;
    };
    const auth = createTestClient({ signIn });
    await assert.rejects(auth.signIn({ password: 'close sesame' }), refusal('bad_credentials'));
    assert.equal(auth.state.status, 'signed_out');
    assert.equal((await auth.signIn({ password: 'open sesame' })).subject, 'ann');
    await auth.signOut();
    assert.deepEqual(auth.state, { status: 'signed_out', reason: 'signed_out' });
  });
});
