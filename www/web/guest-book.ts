/** The guest book. Whatever anybody wrote is shown as the text that it is. */
import { read, write } from './auth.ts';
import { element, fill, find } from './dom.ts';
import { moment } from './format.ts';
import { onSubmit } from './notice.ts';

export interface Comment {
  readonly author: string;
  readonly at: number;
  readonly text: string;
}

export async function load(): Promise<void> {
  show(await read<Comment[]>('/api/notes'));
}

export function forget(): void {
  find('#notes').replaceChildren();
}

export function show(comments: Comment[]): void {
  const items = comments.map(({ author, at, text }) =>
    element('li', {}, element('p', { class: 'text' }, text), element('p', { class: 'quiet' }, `${author} · ${moment(at)}`)),
  );
  fill('#notes', items, 'Nothing written yet.');
}

onSubmit('#write', async ({ text }) => {
  await write('POST', '/api/notes', { text });
  await load();
});
