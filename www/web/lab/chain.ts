/** The guided chain: seven steps, each with a button, and what the servers say of it. */
import type { Victim } from '../../attacks/index.js';
import { element, find, say } from '../dom.ts';
import type { Setup } from './desk.ts';

interface Step {
  readonly title: string;
  readonly button: string;
  /** A window of the victim's to open first. */
  readonly opens?: 'signIn' | 'open';
}

const STEPS: readonly Step[] = [
  { title: 'The attacker plants a comment', button: 'Plant it' },
  { title: 'The admin signs in', button: 'Sign in as ann', opens: 'signIn' },
  { title: 'The server issues a token', button: 'Look where it is' },
  { title: 'The admin opens the page', button: 'Open the page', opens: 'open' },
  { title: 'The script runs in her browser', button: 'See what it did' },
  { title: 'The token goes to the attacker', button: "Look at the attacker's server" },
  { title: 'The attacker uses it from another client', button: 'Use it' },
];

const chosen = () => (find('#victims').querySelector('input:checked') as HTMLInputElement).value as Victim;

export function show(setup: Setup, names: Record<Victim, string>): void {
  for (const { id } of setup.victims) {
    const radio = element('input', { type: 'radio', name: 'victim', value: id, checked: id === 'localStorage' });
    radio.addEventListener('change', begin);
    find('#victims').append(element('label', {}, radio, ` ${names[id]}`));
  }
  STEPS.forEach(({ title, button, opens }, n) => {
    const press = element('button', { class: 'plain' }, button);
    const told = element('p', { class: 'told', role: 'status' });
    press.addEventListener('click', () => {
      if (press.ariaDisabled === 'true') return;
      const page = setup.victims.find(({ id }) => id === chosen());
      if (opens && page) window.open(page[opens], '_blank', 'popup,width=900,height=760');
      step(n, press, told).catch((error) => say('#trouble', String(error)));
    });
    find('#steps').append(element('li', {}, element('div', { class: 'row' }, element('h3', {}, title), press), told));
  });
  begin();
}

async function step(n: number, press: HTMLButtonElement, told: HTMLElement): Promise<void> {
  press.ariaDisabled = 'true';
  told.textContent = 'One moment …';
  const answer = await fetch(`/lab/chain/${chosen()}/${n + 1}`, { method: 'POST' });
  const { outcome, said } = await answer.json() as { outcome: string; said: string };
  const verdict = ['taken', 'nothing'].includes(outcome) ? [element('span', { class: `verdict ${outcome}` }, outcome), ' '] : [];
  told.replaceChildren(...verdict, said);
  told.dataset['outcome'] = outcome;
  press.ariaDisabled = null;
}

function begin(): void {
  for (const told of document.querySelectorAll<HTMLElement>('.told')) {
    told.replaceChildren();
    delete told.dataset['outcome'];
  }
}
