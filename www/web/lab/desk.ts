/** The lab's page. What it shows comes from the servers of the attacker and the victims; it decides nothing itself. */
import { attacks, type Outcome, type Victim } from '../../../tests/browser/attacks/index.js';
import { element, find, say } from '../dom.ts';
import * as chain from './chain.ts';

interface Cell {
  readonly attack: string;
  readonly victim: Victim;
  readonly verdict: Outcome | 'leaked' | 'unfinished';
  readonly places: readonly string[];
  readonly said: string;
}

export interface Setup {
  readonly attacker: string;
  readonly victims: readonly { id: Victim; origin: string; signIn: string; open: string }[];
}

const NAMES: Record<Victim, string> = {
  localStorage: 'Token in localStorage',
  memory: 'Token in a variable',
  symbolon: 'Symbolon',
  symbolonWithoutPolicy: 'Symbolon without its page policy',
};
const WINDOWS = 3;
const tried = attacks.filter(({ inPage }) => inPage);
const setup = await (await fetch('/lab/setup')).json() as Setup;

chain.show(setup, NAMES);
drawMatrix();
find('#run').addEventListener('click', () => {
  const button = find<HTMLButtonElement>('#run');
  if (button.ariaDisabled === 'true') return;
  button.ariaDisabled = 'true';
  run().catch((error) => say('#trouble', String(error))).finally(() => (button.ariaDisabled = null));
});

async function run(): Promise<void> {
  const run = crypto.randomUUID();
  // Now, while the person's press counts for it. They wait until there is something to do.
  const width = Math.max(400, Math.floor(screen.availWidth / WINDOWS));
  const places = Array.from({ length: WINDOWS }, (_, n) => `popup,width=${width},height=500,left=${n * width},top=${screen.availHeight}`);
  const opened = places.filter((place) => window.open(`/lab/next?run=${run}`, '_blank', place));
  say('#trouble', opened.length === 0 ? 'Your browser lets no window open. Allow windows for this page, and try again.' : '');
  if (opened.length === 0) return;
  drawMatrix();
  const order = tried.map(({ id, rides, bringsBoot }) => ({ id, rides, bringsBoot }));
  await fetch('/lab/run', { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ run, attacks: order }) });
  const total = tried.length * setup.victims.length;
  const cells: Cell[] = [];
  for await (const cell of lines<Cell>(await fetch(`/lab/matrix?run=${run}`))) {
    cells.push(cell);
    draw(cell);
    say('#progress', cells.length < total ? `${cells.length} of ${total} tried …` : summary(cells));
  }
  find('#matrix').dataset['run'] = run;
}

function summary(cells: Cell[]): string {
  const count = (victim: Victim, verdict: string) => cells.filter((cell) => cell.victim === victim && cell.verdict === verdict).length;
  const parts = setup.victims.map(({ id }) => `${NAMES[id]}: the token was taken ${count(id, 'taken')} times`);
  return `Done. ${parts.join('. ')}.`;
}

function drawMatrix(): void {
  const heads = [...setup.victims.map(({ id }) => NAMES[id]), 'Symbolon: why'];
  const row = (heads: string[]) => element('tr', {}, element('th', { scope: 'col' }, 'Attack'), ...heads.map((head) => element('th', { scope: 'col' }, head)));
  find('#matrix thead').replaceChildren(row(heads));
  const rows = tried.map(({ id, title, why }) => {
    const name = element('th', { scope: 'row' }, title, ' ', element('span', { class: 'quiet' }, id));
    const cells = setup.victims.map(({ id: victim }) => element('td', { 'data-cell': `${id} ${victim}` }, element('span', { class: 'quiet' }, '–')));
    return element('tr', {}, name, ...cells, element('td', { class: 'why' }, why));
  });
  find('#matrix tbody').replaceChildren(...rows);
}

function draw({ attack, victim, verdict, places, said }: Cell): void {
  const cell = find(`[data-cell="${attack} ${victim}"]`);
  const what = {
    taken: `the token, from: ${places.join(', ')}; to ${setup.attacker}`,
    leaked: `a token got out (${places.join(', ')}), and was refused`,
    nothing: said,
    rides: 'done by the server, in the name of the person',
    unfinished: `not known: ${said}`,
  }[verdict];
  cell.replaceChildren(element('span', { class: `verdict ${verdict}` }, verdict), element('span', { class: 'quiet detail' }, what));
}

/** Each line of an answer, as it comes. */
async function* lines<T>(answer: Response): AsyncGenerator<T> {
  if (!answer.ok) throw new Error(`the lab answered ${answer.status}`);
  const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  for (let part = await reader?.read(); part && !part.done; part = await reader?.read()) {
    const whole = (rest + part.value).split('\n');
    rest = whole.pop() ?? '';
    for (const line of whole) yield JSON.parse(line);
  }
}
