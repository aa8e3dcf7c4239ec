/** The dialog that asks for the password again, when the server wants a recent sign-in (step-up authentication). */
import { auth } from './auth.ts';
import { find, say } from './dom.ts';
import { errorMessage } from './error-messages.ts';

const dialog = find<HTMLDialogElement>('#step-up');
const form = dialog.querySelector('form') as HTMLFormElement;
dialog.querySelector('[data-close]')?.addEventListener('click', () => dialog.close());

/** Resolves when the person has signed in again. Rejects if they close the dialog. */
export function signInAgain(): Promise<void> {
  const name = find('#name').textContent ?? '';
  say('#step-up-name', name);
  say('#step-up-refusal', '');
  form.reset();
  dialog.showModal();
  return new Promise((resolve, reject) => {
    const closed = new AbortController();
    const { signal } = closed;
    dialog.addEventListener(
      'close',
      () => {
        closed.abort();
        form.reset();
        reject(new DOMException('The dialog was closed.', 'AbortError'));
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
          say('#step-up-refusal', errorMessage(error));
        }
      },
      { signal },
    );
  });
}
