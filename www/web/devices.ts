/** Where the person is signed in, and how to end that. */
import { read, write } from './auth.ts';
import { element, fill, find } from './dom.ts';
import { moment } from './format.ts';
import { announce, attempt } from './notice.ts';

interface Device {
  readonly id: string;
  readonly name: string;
  readonly signed_in_at: number;
  readonly last_seen_at: number;
  readonly current: boolean;
}

export async function load(): Promise<void> {
  const devices = await read<Device[]>('/api/sessions');
  fill('#devices', devices.map(item), 'None.');
}

function item({ id, name, signed_in_at, last_seen_at, current }: Device): HTMLElement {
  const times = `since ${moment(signed_in_at)}, used last ${moment(last_seen_at)} · ${id.slice(0, 6)}`;
  const words = element('span', {}, element('b', {}, name), element('span', { class: 'quiet' }, times));
  if (current) return element('li', { class: 'line' }, words, element('span', { class: 'badge' }, 'this one'));
  const end = element('button', { class: 'plain', 'aria-label': `End ${name}, since ${moment(signed_in_at)}` }, 'End');
  end.addEventListener('click', () => ended(`/api/sessions/${id}`, `${name} is signed out.`));
  return element('li', { class: 'line' }, words, end);
}

async function ended(path: string, words: string): Promise<void> {
  const done = await attempt(async () => {
    await write('DELETE', path);
    await load();
  });
  if (!done) return;
  announce(words);
  // The button that was pressed is gone.
  find('[data-view=devices] h1').focus();
}

find('#end-others').addEventListener('click', () => ended('/api/sessions/others', 'You are signed in here only.'));
