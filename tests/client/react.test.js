/** Tests `symbolon/react`: components follow every change, in strict mode too, and render on a server. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Window } from 'happy-dom';

/** React looks for a browser when it is loaded. The client must find none: the tests pass theirs. */
const window = new Window();
Object.assign(globalThis, { window, document: window.document, navigator: window.navigator, IS_REACT_ACT_ENVIRONMENT: true });
const { act, createElement: h, StrictMode } = await import('react');
const { createRoot, hydrateRoot } = await import('react-dom/client');
const { renderToString } = await import('react-dom/server');
const { AuthProvider, SignedIn, SignedOut, useAuth, useSession } = await import('../../wasm-client/dist/react.js');
const { createTestClient } = await import('../../wasm-client/dist/testing.js');

const ANN = { subject: 'ann', claims: { role: 'editor' } };

function Name() {
  /** @type {import('symbolon').Session<{ role: string }> | undefined} */
  const session = useSession();
  return session ? `${session.subject}, ${session.claims.role}` : 'nobody';
}

function Status() {
  return useAuth().state.status;
}

const app = (client) =>
  h(
    StrictMode,
    null,
    h(
      AuthProvider,
      { client },
      h(SignedIn, { fallback: h('i', null, 'not yet') }, h('b', null, h(Name))),
      h(SignedOut, null, h('u', null, 'welcome')),
      h(Status),
    ),
  );

describe('symbolon/react', () => {
  let root, box;
  before(() => {
    box = window.document.createElement('div');
    root = createRoot(box);
  });
  after(() => act(() => root.unmount()));

  it('shows the state, and every change of it', async () => {
    const auth = createTestClient();
    auth.restart();
    await act(() => root.render(app(auth)));
    assert.equal(box.innerHTML, '<i>not yet</i>starting');
    await act(() => auth.signInAs(ANN));
    assert.equal(box.innerHTML, '<b>ann, editor</b>signed_in');
    await act(() => auth.endSession('idle'));
    assert.equal(box.innerHTML, '<i>not yet</i><u>welcome</u>signed_out');
  });

  it('follows another client, and stops listening to the old one', async () => {
    const [one, other] = [createTestClient({ session: ANN }), createTestClient()];
    let listening = 0;
    const { subscribe } = one;
    Object.assign(one, {
      subscribe: (listener) => {
        listening++;
        const unsubscribe = subscribe(listener);
        return () => (listening--, unsubscribe());
      },
    });
    await act(() => root.render(app(one)));
    assert.ok(listening > 0, 'the control');
    assert.equal(box.innerHTML, '<b>ann, editor</b>signed_in');
    await act(() => root.render(app(other)));
    assert.equal(box.innerHTML, '<i>not yet</i><u>welcome</u>signed_out');
    assert.equal(listening, 0);
  });

  it('renders the same on a server and at hydration, and then the current state', async () => {
    const auth = createTestClient({ session: ANN });
    const html = renderToString(app(auth));
    assert.equal(html, '<i>not yet</i>starting');
    const page = window.document.createElement('div');
    page.innerHTML = html;
    const complaints = [];
    const hydrated = await act(() => hydrateRoot(page, app(auth), { onRecoverableError: (error) => complaints.push(error) }));
    assert.deepEqual(complaints, []);
    assert.equal(page.innerHTML, '<b>ann, editor</b>signed_in');
    await act(() => hydrated.unmount());
  });

  it('throws outside its provider', () => {
    assert.throws(() => renderToString(h(Status)), /outside <AuthProvider>/);
  });
});
