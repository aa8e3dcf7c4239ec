/** The list of sessions, one per device: where the person is signed in, with a button to end each. */
import { read, write } from './api.ts';
import { element, fill, find } from './dom.ts';
import { moment } from './format.ts';
import { announce, attempt } from './messages.ts';

interface Device {
  readonly id: string;
  readonly name: string;
  readonly signed_in_at: number;
  readonly last_seen_at: number;
  readonly current: boolean;
}

export async function load(): Promise<void> {
  const devices = await read<Device[]>('/api/sessions');
  fill('#devices', devices.map(item), 'You are signed in nowhere.');
}

function item({ id, name, signed_in_at, last_seen_at, current }: Device): HTMLElement {
  const times = `since ${moment(signed_in_at)}, last used ${moment(last_seen_at)} · ${id.slice(0, 6)}`;
  const words = element('span', {}, element('b', {}, name), element('span', { class: 'quiet' }, times));
  if (current) return element('li', { class: 'line' }, words, element('span', { class: 'badge' }, 'this device'));
  const button = element('button', { class: 'plain', 'aria-label': `End ${name}, since ${moment(signed_in_at)}` }, 'End');
  button.addEventListener('click', () => end(`/api/sessions/${id}`, `${name} is signed out.`));
  return element('li', { class: 'line' }, words, button);
}

async function end(path: string, words: string): Promise<void> {
  const done = await attempt(async () => {
    await write('DELETE', path);
    await load();
  });
  if (!done) return;
  announce(words);
  // The pressed button is gone, so the focus needs a new place.
  find('[data-view=devices] h1').focus();
}

find('#end-others').addEventListener('click', () => end('/api/sessions/others', 'You are signed in on this device only.'));
