/** The guest book. Every comment is shown as text, and never as markup. */
import { read, write } from './api.ts';
import { element, fill, find } from './dom.ts';
import { moment } from './format.ts';
import { onSubmit } from './messages.ts';

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
  fill('#notes', items, 'No comments yet.');
}

onSubmit('#write', async ({ text }) => {
  await write('POST', '/api/notes', { text });
  await load();
});
