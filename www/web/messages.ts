/** Messages to the person: errors, and news that are shown for a while. */
import { find, say } from './dom.ts';
import { errorMessage } from './error-messages.ts';

export function showError(error: unknown): void {
  // The person closed a dialog, and knows it.
  if (error instanceof DOMException && error.name === 'AbortError') return;
  say('#refusal', errorMessage(error));
}

let clear: ReturnType<typeof setTimeout> | undefined;

/** Shows a message for eight seconds. Screen readers read it out. */
export function announce(text: string): void {
  say('#news', text);
  clearTimeout(clear);
  clear = setTimeout(() => say('#news', ''), 8000);
}

/** Runs `act`, and shows its error if it fails. Returns whether it succeeded. */
export async function attempt(act: () => Promise<unknown>): Promise<boolean> {
  say('#refusal', '');
  try {
    await act();
    return true;
  } catch (error) {
    showError(error);
    return false;
  }
}

/** Runs `act` with the fields of a form when it is submitted. Ignores a second submit until the first is done. */
export function onSubmit(selector: string, act: (fields: Record<string, string>) => Promise<unknown>): void {
  const form = find<HTMLFormElement>(selector);
  const button = form.querySelector('button') as HTMLButtonElement;
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    if (button.ariaDisabled === 'true') return;
    const fields = Object.fromEntries([...new FormData(form)].map(([name, value]) => [name, String(value)]));
    // `disabled` would move the focus away from the button.
    button.ariaDisabled = 'true';
    if (await attempt(() => act(fields))) form.reset();
    button.ariaDisabled = null;
  });
}
