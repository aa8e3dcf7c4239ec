/** The notebook, with the client that the server serves as `/client.js`. */
import { start } from '/client.js';

const find = (selector) => document.querySelector(selector);
const show = async () => {
  const notes = await (await send('/api/notes')).json();
  find('#notes').replaceChildren(...['', ...notes].map((text) => Object.assign(document.createElement('li'), { className: 'text', textContent: text })).reverse());
};
find('#write').addEventListener('submit', async (event) => {
  event.preventDefault();
  await send('/api/notes', { method: 'POST', body: JSON.stringify({ text: find('[name=text]').value }) });
  await show();
});

export const send = await start();
window.send = send;
find('#status').textContent = 'signed in';
find('#name').textContent = (await (await send('/api/me')).json()).name;
await show();
