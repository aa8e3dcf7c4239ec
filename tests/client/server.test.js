/** Tests the package on a server, where pages are only rendered: it can be imported, and its client does nothing. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

for (const name of ['document', 'window', 'location', 'Worker']) assert.equal(globalThis[name], undefined, 'the control: this is no browser');
const { AuthError, createAuthClient, isAuthError } = await import('symbolon');

describe('the client on a server', () => {
  it('stays in the state starting', async () => {
    const auth = createAuthClient();
    assert.deepEqual(auth.state, { status: 'starting' });
    assert.equal(auth.getSnapshot(), auth.state);
    assert.equal(auth.getSession(), undefined);
    const settled = await Promise.race([auth.ready.finally(() => 'ready'), new Promise((resolve) => setTimeout(resolve, 20, 'pending'))]);
    assert.equal(settled, 'pending');
  });

  it('refuses what only a browser can do', async () => {
    const auth = createAuthClient();
    for (const name of ['fetch', 'signIn', 'signOut', 'refresh']) {
      await assert.rejects(auth[name]('http://localhost/'), (error) => isAuthError(error, 'unsupported'), name);
    }
  });

  it('accepts listeners, and can be disposed of', () => {
    const auth = createAuthClient();
    const heard = [];
    auth.onAuthStateChange((state) => heard.push(state.status))();
    auth.on('change', () => {})();
    auth.subscribe(() => {})();
    auth.dispose();
    assert.deepEqual(heard, ['starting']);
  });

  it('is a new client at every call, so requests of different people share nothing', () => {
    assert.notEqual(createAuthClient(), createAuthClient());
  });
});

describe('AuthError', () => {
  it('is recognized by its code', () => {
    const error = new AuthError('offline');
    assert.ok(error instanceof Error);
    assert.equal(error.name, 'AuthError');
    assert.ok(error.message.startsWith('offline'), error.message);
    assert.ok(error.message.includes(error.docs) && error.docs.endsWith('docs/client.md#offline'));
    assert.equal(isAuthError(error), true);
    assert.equal(isAuthError(error, 'timeout', 'offline'), true);
    assert.equal(isAuthError(error, 'timeout'), false);
    assert.equal(isAuthError(Object.assign(new Error(), { code: 'offline' }), 'offline'), false);
  });
});
