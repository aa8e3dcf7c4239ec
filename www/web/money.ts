/** The accounts, their movements, and the form that sends money. */
import { read, write } from './api.ts';
import { element, fill, find } from './dom.ts';
import { cents, moment, money, moved } from './format.ts';
import { announce, onSubmit } from './messages.ts';

export interface Money {
  readonly accounts: { id: number; name: string; cents: number }[];
  readonly movements: { at: number; account: string; other: string; text: string; cents: number }[];
  readonly payees: { account: number; name: string }[];
}

let shown: Money | undefined;

export async function load(): Promise<void> {
  show(await read<Money>('/api/money'));
}

export function forget(): void {
  shown = undefined;
  for (const list of ['#accounts', '#movements', '[name=from]', '[name=to]']) find(list).replaceChildren();
}

export function show(money: Money): void {
  const before = shown;
  shown = money;
  showAccounts(money);
  showMovements(money);
  showChoices(money);
  if (before) announceArrival(before, money);
}

function showAccounts({ accounts }: Money): void {
  const items = accounts.map(({ name, cents }) =>
    element('li', { class: 'card' }, element('span', { class: 'quiet' }, name), element('strong', { class: 'sum' }, money(cents))),
  );
  fill('#accounts', items, 'You have no account yet.');
}

function showMovements({ movements }: Money): void {
  const items = movements.map(({ at, account, other, text, cents }) =>
    element(
      'li',
      { class: 'line' },
      element('span', {}, element('b', {}, other), element('span', { class: 'quiet' }, [text, moment(at)].filter(Boolean).join(' · '))),
      element('span', { class: cents < 0 ? 'amount' : 'amount in' }, element('b', {}, moved(cents)), element('span', { class: 'quiet' }, account)),
    ),
  );
  fill('#movements', items, 'No movements yet.');
}

/** Updates the choices of the form, and keeps what is chosen. */
function showChoices({ accounts, payees }: Money): void {
  const own = accounts.map(({ id, name, cents }) => [id, `${name}, ${money(cents)}`] as const);
  const others = payees.map(({ account, name }) => [account, name] as const);
  choices('[name=from]', own);
  choices('[name=to]', [...others, ...accounts.map(({ id, name }) => [id, `my ${name}`] as const)]);
}

function choices(selector: string, options: (readonly [number, string])[]): void {
  const select = find<HTMLSelectElement>(selector);
  const chosen = select.value;
  select.replaceChildren(...options.map(([value, text]) => element('option', { value: String(value) }, text)));
  if (chosen) select.value = chosen;
}

/** Announces money that another person sent. */
function announceArrival(before: Money, now: Money): void {
  const [last, newest] = [before.movements[0], now.movements[0]];
  if (!newest || newest.cents < 0 || JSON.stringify(last) === JSON.stringify(newest)) return;
  if (now.payees.some(({ name }) => name === newest.other)) announce(`${newest.other} sent you ${money(newest.cents)}.`);
}

onSubmit('#send', async ({ from, to, amount = '', purpose }) => {
  const sum = cents(amount);
  await write('POST', '/api/transfers', { from: Number(from), to: Number(to), cents: sum, text: purpose });
  announce(`${money(sum)} sent.`);
  await load();
});
