/** What only an admin sees: the people, and their roles. */
import { read, write } from './api.ts';
import { element, fill, find } from './dom.ts';
import { announce, attempt } from './messages.ts';

export type Role = 'customer' | 'admin';

interface Person {
  readonly id: number;
  readonly name: string;
  readonly role: Role;
}

const ROLES: Role[] = ['customer', 'admin'];

export async function load(): Promise<void> {
  const people = await read<Person[]>('/api/people');
  fill('#people', people.map(item), 'There are no people yet.');
}

function item({ id, name, role }: Person): HTMLElement {
  const isSelf = name === find('#name').textContent;
  const options = ROLES.map((known) => element('option', { selected: known === role }, known));
  const select = element('select', { 'aria-label': `Role of ${name}`, 'data-person': name, disabled: isSelf }, ...options);
  select.addEventListener('change', async () => {
    const done = await attempt(() => write('PUT', `/api/people/${id}/role`, { role: select.value }));
    if (done) announce(`${name} is ${select.value} now.`);
    else await attempt(load);
  });
  return element('li', { class: 'line' }, element('b', {}, name), select);
}
