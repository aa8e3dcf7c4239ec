/** The page of both weak applications. It shows comments as markup: this hole lets an attacker's script in. */
import { restore, send, signIn } from '/client.js';

const find = (selector) => document.querySelector(selector);

async function showNotes() {
  const notes = await (await send('/api/notes')).json();
  const items = notes.map(({ author, html }) => {
    const item = document.createElement('li');
    // The hole: the comment is not escaped.
    item.innerHTML = `<p class="text">${html}</p><p class="quiet">${author}</p>`;
    return item;
  });
  if (items.length === 0) items.push(Object.assign(document.createElement('li'), { textContent: 'No comments yet.' }));
  find('#notes').replaceChildren(...items);
}

async function showView() {
  find('#book').hidden = location.hash !== '#/book';
  if (!find('#book').hidden) await showNotes();
}

async function open() {
  find('#name').textContent = (await (await send('/api/me')).json()).name;
  find('#signed-out').hidden = true;
  find('#signed-in').hidden = find('#views').hidden = false;
  find('#status').textContent = 'signed in';
  await showView();
}

find('#sign-in').addEventListener('submit', async (event) => {
  event.preventDefault();
  find('#refusal').textContent = '';
  try {
    await signIn(Object.fromEntries(new FormData(event.target)));
    await open();
  } catch (error) {
    find('#refusal').textContent = error.message;
  }
});
find('#write').addEventListener('submit', async (event) => {
  event.preventDefault();
  const text = find('[name=text]').value;
  await send('/api/notes', { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ text }) });
  event.target.reset();
  await showNotes();
});
addEventListener('hashchange', showView);

// Many pages leave such a global, for debugging.
window.bank = { send };

if (await restore()) {
  await open();
} else {
  find('#signed-out').hidden = false;
  find('#status').textContent = 'signed out';
}
