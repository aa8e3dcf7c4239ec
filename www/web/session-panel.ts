/** The panel "Where the session is kept". It shows only what this page can see. */
import type { AuthState } from 'symbolon';
import { onRequest } from './api.ts';
import { element, find, say } from './dom.ts';
import { atClock } from './format.ts';

/** How many requests are shown. */
const MAX_REQUESTS = 8;

export function show(state: AuthState): void {
  const session = state.status === 'signed_in' ? state.session : undefined;
  say('#session', session ? `${session.id.slice(0, 6)}…` : 'none');
  say('#visible', session ? JSON.stringify(session, null, 1) : 'nothing');
  say('#cookies', document.cookie === '' ? 'nothing' : document.cookie);
  for (const half of document.querySelectorAll('.presence')) half.textContent = session ? 'present' : 'none';
  if (state.status === 'signed_out') find('#requests').replaceChildren();
}

onRequest(({ what, status, at }) => {
  const list = find('#requests');
  list.prepend(element('li', {}, element('code', {}, what), element('span', {}, status), element('time', {}, atClock(at))));
  while (list.children.length > MAX_REQUESTS) list.lastElementChild?.remove();
});
