/** Plays the person under attack: opens the application, and signs in. */

export interface Credentials {
  readonly name: string;
  readonly password: string;
}

const { setTimeout } = window;
const find = (selector: string) => document.querySelector(selector) as HTMLElement;
const pause = (milliseconds: number) => new Promise<void>((resolve) => setTimeout(resolve, milliseconds));

/** Waits until an element matches the selector, and returns it. */
export async function until(selector: string, patience = 20_000): Promise<HTMLElement> {
  for (let waited = 0; waited < patience; waited += 25) {
    const found = document.querySelector<HTMLElement>(selector);
    if (found) return found;
    await pause(25);
  }
  throw Object.assign(new Error(`no element matches ${selector} after ${patience / 1000} s`), { name: 'NotReady' });
}

/** Signs in, and waits until the guest book is shown. `pace` is how many milliseconds a key takes. */
export async function signIn(credentials: Credentials, pace: number): Promise<void> {
  const shown = await until('#signed-in:not([hidden]), #signed-out:not([hidden])');
  if (shown.id === 'signed-in' && (await until('#name:not(:empty)')).textContent !== credentials.name) {
    // Somebody else is signed in in this browser.
    (await until('#sign-out')).click();
    await until('#signed-out:not([hidden])');
  }
  if (!find('#signed-out').hidden) {
    for (const [field, text] of Object.entries(credentials)) {
      const input = await until(`#sign-in [name=${field}]`) as HTMLInputElement;
      input.value = '';
      for (const key of text) {
        input.value += key;
        if (pace) await pause(pace);
      }
    }
    (await until('#sign-in button')).click();
    await until('#signed-in:not([hidden])');
  }
  if (!pace) await until('#notes li');
}
