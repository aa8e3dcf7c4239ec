/** The least that an application does, for bundlers that need no configuration. */
import { createAuthClient } from 'symbolon';

const auth = createAuthClient();
const find = (id) => document.getElementById(id);

auth.on('change', async ({ status }) => {
  find('status').textContent = status;
  find('sign-in').hidden = status !== 'signed_out';
  find('signed-in').hidden = status !== 'signed_in';
  if (status === 'signed_in') (await import('./signed-in.js')).show(auth, find('me'));
});

find('sign-in').addEventListener('submit', (event) => {
  event.preventDefault();
  auth.signIn(Object.fromEntries(new FormData(event.target)));
});
find('sign-out').addEventListener('click', () => auth.signOut());
