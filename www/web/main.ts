/** The page. It holds no token, so there is none here to steal. */
import { AuthError, type AuthErrorCode, createAuthClient, type AuthState } from 'symbolon';
import { attacks } from './attacks.ts';

const auth = createAuthClient();

/** What a person is told. An error's own message is for developers. */
const WORDS: Partial<Record<AuthErrorCode, string>> = {
  bad_credentials: 'The name or the password is wrong.',
  forbidden: 'You cannot sign in now.',
  insecure_context: 'This page must be served over https, or from localhost.',
  offline: 'The server cannot be reached.',
  session_expired: 'Your session is over.',
  timeout: 'The server does not answer.',
  unavailable: 'The server cannot answer now.',
  version_mismatch: 'This page is out of date: load it again.',
};

const find = <T extends HTMLElement>(selector: string) => document.querySelector<T>(selector) as T;

auth.on('change', render);
auth.ready.catch(() => {});

function render(state: AuthState): void {
  const signedIn = state.status === 'signed-in';
  find('#signed-out').hidden = state.status !== 'signed-out';
  find('#signed-in').hidden = !signedIn;
  find('#status').textContent = state.status === 'failed' ? words(state.error) : state.status.replace('-', ' ');
  find('#visible').textContent = signedIn ? JSON.stringify(state.session, null, 1) : 'nothing';
  for (const half of document.querySelectorAll('.presence')) half.textContent = signedIn ? 'in its place' : 'nothing yet';
  if (signedIn) showNotebook().catch(showRefusal);
}

async function showNotebook(): Promise<void> {
  const me = await auth.fetch('/api/me');
  find('#name').textContent = (await me.json()).name;
  await showNotes();
}

function showRefusal(error: unknown): void {
  find('#refusal').textContent = words(error);
}

function words(error: unknown): string {
  return error instanceof AuthError ? (WORDS[error.code] ?? error.message) : String(error);
}

async function showNotes(): Promise<void> {
  const answer = await auth.fetch('/api/notes');
  const notes: { text: string }[] = await answer.json();
  const items = notes.map(({ text }) => item(text));
  find('#notes').replaceChildren(...(items.length > 0 ? items : [item('Nothing written yet.', 'quiet')]));
}

function item(text: string, name = ''): HTMLLIElement {
  const item = document.createElement('li');
  item.textContent = text;
  item.className = name;
  return item;
}

/** Runs what a form asks for, once at a time. */
function onSubmit(selector: string, act: (fields: Record<string, string>) => Promise<unknown>): void {
  const form = find<HTMLFormElement>(selector);
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    const button = form.querySelector('button') as HTMLButtonElement;
    button.disabled = true;
    find('#refusal').textContent = '';
    try {
      await act(Object.fromEntries([...new FormData(form)].map(([name, value]) => [name, String(value)])));
      form.reset();
    } catch (error) {
      showRefusal(error);
    } finally {
      button.disabled = false;
    }
  });
}

onSubmit('#sign-in', (fields) => auth.signIn(fields));
onSubmit('#write', async (fields) => {
  const headers = { 'content-type': 'application/json' };
  await auth.fetch('/api/notes', { method: 'POST', headers, body: JSON.stringify(fields) });
  await showNotes();
});
find('#sign-out').addEventListener('click', () => auth.signOut().catch(showRefusal));

for (const button of document.querySelectorAll<HTMLButtonElement>('[data-attack]')) {
  button.addEventListener('click', async () => {
    const attack = attacks[button.dataset['attack'] ?? ''];
    (button.nextElementSibling as HTMLOutputElement).value = attack ? await attack() : '';
  });
}
