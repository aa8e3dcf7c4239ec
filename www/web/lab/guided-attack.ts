/** The guided attack: seven steps, each with a button, and a report of what the servers saw. */
import type { Victim } from '../../attacks/index.js';
import { element, find, say } from '../dom.ts';
import { NAMES, type Setup } from './setup.ts';

interface Step {
  readonly title: string;
  readonly button: string;
  /** The page of the application that a new window opens first. */
  readonly opens?: 'signIn' | 'open';
}

const STEPS: readonly Step[] = [
  { title: 'The attacker gets a script into the page', button: 'Inject the script' },
  { title: 'The admin signs in', button: 'Sign in as ann', opens: 'signIn' },
  { title: 'The server issues a token', button: 'Show where it is' },
  { title: 'The admin opens the page', button: 'Open the page', opens: 'open' },
  { title: 'The script runs in her browser', button: 'Show what it did' },
  { title: 'The script sends the token to the attacker', button: "Look at the attacker's server" },
  { title: 'The attacker uses the token from another client', button: 'Use it' },
];

const chosen = () => (find('#victims').querySelector('input:checked') as HTMLInputElement).value as Victim;

/** Shows the choice of applications, and the steps. */
export function showGuidedAttack(setup: Setup): void {
  for (const { id } of setup.victims) {
    const radio = element('input', { type: 'radio', name: 'victim', value: id, checked: id === 'localStorage' });
    radio.addEventListener('change', clearReports);
    find('#victims').append(element('label', {}, radio, ` ${NAMES[id]}`));
  }
  STEPS.forEach(({ title, button, opens }, n) => {
    const press = element('button', { class: 'plain' }, button);
    const report = element('p', { class: 'told', role: 'status' });
    press.addEventListener('click', () => {
      if (press.ariaDisabled === 'true') return;
      const page = setup.victims.find(({ id }) => id === chosen());
      if (opens && page) window.open(page[opens], '_blank', 'popup,width=900,height=760');
      doStep(n, press, report).catch((error) => say('#trouble', `The step could not be done: ${error}. Try again.`));
    });
    find('#steps').append(element('li', {}, element('div', { class: 'row' }, element('h3', {}, title), press), report));
  });
  clearReports();
}

async function doStep(n: number, press: HTMLButtonElement, report: HTMLElement): Promise<void> {
  press.ariaDisabled = 'true';
  report.textContent = 'One moment …';
  const answer = await fetch(`/lab/steps/${chosen()}/${n + 1}`, { method: 'POST' });
  const { outcome, said } = await answer.json() as { outcome: string; said: string };
  const verdict = ['taken', 'nothing'].includes(outcome) ? [element('span', { class: `verdict ${outcome}` }, outcome), ' '] : [];
  report.replaceChildren(...verdict, said);
  report.dataset['outcome'] = outcome;
  press.ariaDisabled = null;
}

function clearReports(): void {
  for (const report of document.querySelectorAll<HTMLElement>('.told')) {
    report.replaceChildren();
    delete report.dataset['outcome'];
  }
}
