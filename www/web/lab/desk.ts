/** The lab's page. What it shows comes from the servers of the attacker and the victims; it decides nothing itself. */
import { attacks, type Outcome, type Victim } from '../../attacks/index.js';
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
/** Where attacks see things, in their own words, in plain ones. */
const PLACES: Record<string, string> = {
  broadcast: 'a broadcast',
  data: 'a message',
  debug: 'the console',
  decode: 'TextDecoder',
  echo: "the server's answer",
  error: 'the console',
  exports: 'an exported function',
  parse: 'JSON.parse',
  refresh: 'the refresh answer',
  Request: 'a Request',
  'service worker': 'a service worker',
  set: 'Headers.set',
  'sign-in': 'the sign-in answer',
  worker: 'a worker',
};
const WINDOWS = 3;
const tried = attacks.filter(({ inPage }) => inPage);
const setup = await (await fetch('/lab/setup')).json() as Setup;

chain.show(setup, NAMES);
drawMatrix();
find('#run').addEventListener('click', () => run().catch((error) => say('#trouble', String(error))));

/** The last run that was begun. Another press begins another, for windows can have been closed. */
let latest = '';

async function run(): Promise<void> {
  const run = (latest = crypto.randomUUID());
  // Now, while the person's press counts for it. They wait until there is something to do.
  const width = Math.max(400, Math.floor(screen.availWidth / WINDOWS));
  const places = Array.from({ length: WINDOWS }, (_, n) => `popup,width=${width},height=500,left=${n * width},top=${screen.availHeight}`);
  const opened = places.filter((place) => window.open(`/lab/next?run=${run}`, '_blank', place));
  say('#trouble', opened.length === 0 ? 'Your browser lets no window open. Allow windows for this page, and try again.' : '');
  if (opened.length === 0) return;
  drawMatrix();
  const order = tried.map(({ id, rides, bringsBoot }) => ({ id, rides, bringsBoot }));
  await fetch('/lab/run', { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ run, attacks: order }) });
  const bar = find<HTMLProgressElement>('#bar');
  Object.assign(bar, { hidden: false, value: 0, max: tried.length * setup.victims.length });
  say('#progress', 'The windows are at it …');
  const cells: Cell[] = [];
  for await (const cell of lines<Cell>(await fetch(`/lab/matrix?run=${run}`))) {
    cells.push(cell);
    draw(cell);
    bar.value = cells.length;
  }
  if (run !== latest) return;
  bar.hidden = true;
  say('#progress', summary(cells));
  find('#matrix').dataset['run'] = run;
}

function summary(cells: Cell[]): string {
  const parts = setup.victims.map(({ id }) => {
    const taken = cells.filter(({ victim, verdict }) => victim === id && verdict === 'taken').length;
    const told = `${taken} of ${tried.length}`;
    say(`[data-count="${id}"]`, `taken ${told}`);
    return `${NAMES[id]}: ${told}`;
  });
  return `Done. The token was taken: ${parts.join(' · ')}.`;
}

function drawMatrix(): void {
  const head = (name: string, ...more: HTMLElement[]) => element('th', { scope: 'col' }, name, ...more);
  const victims = setup.victims.map(({ id }) => head(NAMES[id], element('span', { class: 'quiet detail', 'data-count': id })));
  find('#matrix thead').replaceChildren(element('tr', {}, head('Attack'), ...victims, head('Why Symbolon holds, or what limits the attack')));
  const rows = tried.map(({ id, title, why }) => {
    const name = element('th', { scope: 'row' }, title, ' ', element('span', { class: 'quiet id' }, id));
    const cells = setup.victims.map(({ id: victim }) => element('td', { 'data-cell': `${id} ${victim}` }, element('span', { class: 'quiet' }, '–')));
    return element('tr', {}, name, ...cells, element('td', { class: 'why' }, why));
  });
  find('#matrix tbody').replaceChildren(...rows);
}

function draw({ attack, victim, verdict, places, said }: Cell): void {
  const cell = find(`[data-cell="${attack} ${victim}"]`);
  const what = {
    taken: `the token, from ${where(places)}, to ${new URL(setup.attacker).host}`,
    leaked: `a token, from ${where(places)}, was refused when used`,
    nothing: inWords(said),
    rides: 'the server did it, as if she had',
    unfinished: `not known: ${said}`,
  }[verdict];
  cell.replaceChildren(element('span', { class: `verdict ${verdict}` }, verdict), element('span', { class: 'quiet detail' }, what));
}

function where(places: readonly string[]): string {
  return places.map((place) => PLACES[place] ?? place).join(' and ');
}

/** What an attack says of itself, as far as it says anything to a person. */
function inWords(said: string): string {
  const [first = ''] = said.split(/: https?:/);
  if (first === 'TypeError' || first === 'refused') return 'refused by the browser';
  if (first.startsWith('401')) return 'refused by the server';
  const code = /worker_blocked|start_timeout|origin_not_allowed/.exec(first);
  if (code) return `refused by the client (${code[0]})`;
  return /^\d+ of \d+ tries got through, none with a token$/.test(first) ? first : '';
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
