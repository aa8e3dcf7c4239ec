/** The dialog that asks for the password again, when the server wants to know that it is still the same person. */
import type { AuthClient } from 'symbolon';
import { find, say } from './dom.ts';
import { inWords } from './words.ts';

const dialog = find<HTMLDialogElement>('#step-up');
const form = dialog.querySelector('form') as HTMLFormElement;
dialog.querySelector('[data-close]')?.addEventListener('click', () => dialog.close());

/** Resolves when the person has signed in again. Rejects when they close the dialog. */
export function proveAgain(auth: AuthClient): Promise<void> {
  const name = find('#name').textContent ?? '';
  say('#step-up-name', name);
  say('#step-up-refusal', '');
  form.reset();
  dialog.showModal();
  return new Promise((resolve, reject) => {
    const over = new AbortController();
    const { signal } = over;
    dialog.addEventListener(
      'close',
      () => {
        over.abort();
        form.reset();
        reject(new DOMException('Nobody said the password.', 'AbortError'));
      },
      { signal },
    );
    form.addEventListener(
      'submit',
      async (event) => {
        event.preventDefault();
        const password = new FormData(form).get('again');
        say('#step-up-refusal', '');
        try {
          await auth.signIn({ name, password });
          resolve();
          dialog.close();
        } catch (error) {
          say('#step-up-refusal', inWords(error));
        }
      },
      { signal },
    );
  });
}
