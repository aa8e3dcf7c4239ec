/** Tests `symbolon/vue`: refs follow the client, and stop with their scope. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createSSRApp, effectScope, h, watch } from 'vue';
import { renderToString } from 'vue/server-renderer';
import { createTestClient } from '../../wasm-client/dist/testing.js';
import { symbolon, useAuth, useSession } from '../../wasm-client/dist/vue.js';

const ANN = { subject: 'ann', claims: { role: 'editor' } };
/** @type {<T>(app: import('vue').App, act: () => T) => T} */
const within = (app, act) => app.runWithContext(() => effectScope(true).run(act)) ?? assert.fail('the scope has ended');

describe('symbolon/vue', () => {
  it('shows the state, and every change of it', () => {
    const client = createTestClient();
    const app = createSSRApp({}).use(symbolon, { client });
    const { auth, state } = within(app, () => useAuth());
    /** @type {import('vue').ComputedRef<import('symbolon').Session<{ role: string }> | undefined>} */
    const session = within(app, () => useSession());
    assert.equal(auth, client);
    assert.deepEqual([state.value.status, session.value], ['signed_out', undefined]);
    const seen = [];
    watch(state, ({ status }) => seen.push(status), { flush: 'sync' });
    client.signInAs(ANN);
    assert.equal(session.value?.claims.role, 'editor');
    client.endSession('idle');
    assert.deepEqual(seen, ['signed_in', 'signed_out']);
    assert.deepEqual(state.value, { status: 'signed_out', reason: 'idle' });
  });

  it('stops listening when its scope has ended', () => {
    const client = createTestClient();
    const app = createSSRApp({}).use(symbolon, { client });
    const scope = effectScope(true);
    const { state } = app.runWithContext(() => scope.run(() => useAuth())) ?? assert.fail('the scope has ended');
    scope.stop();
    client.signInAs(ANN);
    assert.equal(state.value.status, 'signed_out');
  });

  it('renders on a server, where the page’s own client is starting', async () => {
    const app = createSSRApp({
      setup: () => {
        const { state } = useAuth();
        return () => h('b', state.value.status);
      },
    }).use(symbolon);
    assert.equal(await renderToString(app), '<b>starting</b>');
  });

  it('throws without the plugin', () => {
    assert.throws(() => within(createSSRApp({}), () => useAuth()), /without the plugin/);
  });
});
