/** What the person is told beside what they asked for. */
import { find, say } from './dom.ts';
import { inWords } from './words.ts';

export function showRefusal(error: unknown): void {
  // Who closed a dialog knows that they did.
  if (error instanceof DOMException && error.name === 'AbortError') return;
  say('#refusal', inWords(error));
}

let clear: ReturnType<typeof setTimeout> | undefined;

/** Says it for a while; it is read out, too. */
export function announce(text: string): void {
  say('#news', text);
  clearTimeout(clear);
  clear = setTimeout(() => say('#news', ''), 8000);
}

/** Does what was asked for, and says why if it cannot be done. */
export async function attempt(act: () => Promise<unknown>): Promise<boolean> {
  say('#refusal', '');
  try {
    await act();
    return true;
  } catch (error) {
    showRefusal(error);
    return false;
  }
}

/** Runs what a form asks for, once at a time. */
export function onSubmit(selector: string, act: (fields: Record<string, string>) => Promise<unknown>): void {
  const form = find<HTMLFormElement>(selector);
  const button = form.querySelector('button') as HTMLButtonElement;
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    if (button.ariaDisabled === 'true') return;
    const fields = Object.fromEntries([...new FormData(form)].map(([name, value]) => [name, String(value)]));
    // Not `disabled`, which would take the focus away from whoever pressed it.
    button.ariaDisabled = 'true';
    if (await attempt(() => act(fields))) form.reset();
    button.ariaDisabled = null;
  });
}
