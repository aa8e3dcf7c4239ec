/** The matrix: runs every attack on every application, and shows each verdict as soon as the servers have it. */
import { attacks, type Outcome, type Victim } from '../../attacks/index.js';
import { element, find, say } from '../dom.ts';
import { NAMES, type Setup } from './setup.ts';

interface Cell {
  readonly attack: string;
  readonly victim: Victim;
  readonly verdict: Outcome | 'leaked' | 'unfinished';
  readonly places: readonly string[];
  readonly said: string;
}

/** The places in which attacks find tokens, as the page calls them. */
const PLACES: Record<string, string> = {
  broadcast: 'a BroadcastChannel',
  data: 'a message',
  debug: 'the console',
  decode: 'TextDecoder',
  echo: "the server's response",
  error: 'the console',
  exports: 'an exported function',
  parse: 'JSON.parse',
  refresh: 'the response to a refresh',
  Request: 'a Request',
  'service worker': 'a service worker',
  set: 'Headers.set',
  'sign-in': 'the response to a sign-in',
  worker: 'a worker',
};
const WINDOWS = 3;
const tried = attacks.filter(({ inPage }) => inPage);

/** The id of the latest run. The button can be pressed again, because a window may have been closed. */
let latest = '';

/** Draws the empty matrix, and makes its button run all attacks. */
export function showMatrix(setup: Setup): void {
  drawMatrix(setup);
  find('#run').addEventListener('click', () => run(setup).catch((error) => say('#trouble', `The attacks could not run: ${error}. Try again.`)));
}

async function run(setup: Setup): Promise<void> {
  const run = (latest = crypto.randomUUID());
  // Windows open only during the click. They wait until the run begins.
  const width = Math.max(400, Math.floor(screen.availWidth / WINDOWS));
  const places = Array.from({ length: WINDOWS }, (_, n) => `popup,width=${width},height=500,left=${n * width},top=${screen.availHeight}`);
  const opened = places.filter((place) => window.open(`/lab/next?run=${run}`, '_blank', place));
  say('#trouble', opened.length === 0 ? 'No attack ran, because your browser blocked the windows. Allow this page to open windows, and try again.' : '');
  if (opened.length === 0) return;
  drawMatrix(setup);
  const order = tried.map(({ id, usesSession, bringsBoot }) => ({ id, usesSession, bringsBoot }));
  await fetch('/lab/run', { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ run, attacks: order }) });
  const bar = find<HTMLProgressElement>('#bar');
  Object.assign(bar, { hidden: false, value: 0, max: tried.length * setup.victims.length });
  say('#progress', 'The attacks are running …');
  const cells: Cell[] = [];
  for await (const cell of lines<Cell>(await fetch(`/lab/matrix?run=${run}`))) {
    cells.push(cell);
    drawCell(setup, cell);
    bar.value = cells.length;
  }
  if (run !== latest) return;
  bar.hidden = true;
  say('#progress', summary(setup, cells));
  find('#matrix').dataset['run'] = run;
}

function summary(setup: Setup, cells: Cell[]): string {
  const parts = setup.victims.map(({ id }) => {
    const taken = cells.filter(({ victim, verdict }) => victim === id && verdict === 'taken').length;
    const count = `${taken} of ${tried.length}`;
    say(`[data-count="${id}"]`, `taken by ${count}`);
    return `${NAMES[id]}: ${count}`;
  });
  return `Done. Attacks that took the token: ${parts.join(' · ')}.`;
}

function drawMatrix(setup: Setup): void {
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

function drawCell(setup: Setup, { attack, victim, verdict, places, said }: Cell): void {
  const cell = find(`[data-cell="${attack} ${victim}"]`);
  const detail = {
    taken: `the token, from ${placesOf(places)}, to ${new URL(setup.attacker).host}`,
    leaked: `a token, from ${placesOf(places)}, which the application refused`,
    nothing: refusal(said),
    used: 'the server obeyed, as if ann had asked',
    unfinished: `not known: ${said}`,
  }[verdict];
  cell.replaceChildren(element('span', { class: `verdict ${verdict}` }, verdict), element('span', { class: 'quiet detail' }, detail));
}

function placesOf(places: readonly string[]): string {
  return places.map((place) => PLACES[place] ?? place).join(' and ');
}

/** Returns who refused an attack, as far as what the attack says tells it. */
function refusal(said: string): string {
  const [first = ''] = said.split(/: https?:/);
  if (first === 'TypeError' || first === 'refused') return 'refused by the browser';
  if (first.startsWith('401')) return 'refused by the server';
  const code = /worker_blocked|start_timeout|origin_not_allowed/.exec(first);
  if (code) return `refused by the client (${code[0]})`;
  return /^\d+ of \d+ tries were possible, none gave a token$/.test(first) ? first : '';
}

/** Yields the JSON of each line of a response, as it arrives. */
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
