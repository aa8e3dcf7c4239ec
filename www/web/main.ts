/** The page: what it shows when somebody is signed in, and when nobody is. */
import type { AuthState } from 'symbolon';
import { attacks } from './attacks.ts';
import { auth, read } from './auth.ts';
import * as devices from './devices.ts';
import { find, say } from './dom.ts';
import * as guestBook from './guest-book.ts';
import * as halves from './halves.ts';
import * as limits from './limits.ts';
import * as money from './money.ts';
import { announce, attempt, onSubmit, showRefusal } from './notice.ts';
import * as people from './people.ts';
import * as rates from './rates.ts';
import './theme.ts';
import * as ticker from './ticker.ts';
import * as views from './views.ts';
import { inWords } from './words.ts';

/** Why a session is over, for people. */
const REASONS: Record<string, string> = {
  'account_changed': 'Somebody else has signed in in this browser. Load the page again to go on.',
  expired: 'You were signed out: a session does not last longer than a working day.',
  idle: 'You were signed out: nobody did anything here for a while.',
  revoked: 'You were signed out: this session was ended somewhere else.',
  unknown: 'You were signed out.',
};

let isOpen = false;

auth.on('change', render);
auth.ready.catch(() => {});

function render(state: AuthState): void {
  const signedIn = state.status === 'signed_in';
  find('#signed-out').hidden = state.status !== 'signed_out';
  for (const element of ['#signed-in', '#views', '#sign-out']) find(element).hidden = !signedIn;
  say('#status', state.status === 'failed' ? inWords(state.error) : state.status.replace('-', ' '));
  halves.show(state);
  if (signedIn && isOpen) follow();
  if (signedIn && !isOpen) {
    isOpen = true;
    attempt(open).then((done) => (isOpen &&= done));
  }
  if (state.status === 'signed_out') close(REASONS[state.reason ?? '']);
}

async function open(): Promise<void> {
  await showMe();
  await Promise.all([money.load(), guestBook.load(), load(views.show())]);
  follow();
}

/** Leaves nothing of one person for the next. */
function close(reason: string | undefined): void {
  isOpen = false;
  ticker.stop();
  for (const part of [money, guestBook, limits]) part.forget();
  for (const dialog of document.querySelectorAll('dialog')) dialog.close();
  for (const place of ['#name', '#role', '#news']) say(place, '');
  find('#reason').hidden = !reason;
  say('#reason', reason ?? '');
}

async function showMe(): Promise<void> {
  const { name, role } = await read<{ name: string; role: people.Role }>('/api/me');
  const before = find('#role').textContent;
  if (before && before !== role) announce(`You are ${role} now.`);
  say('#name', name);
  say('#role', role);
  find('#to-people').hidden = role !== 'admin';
}

async function load(view: string): Promise<void> {
  if (view === 'devices') await devices.load();
  if (view === 'people') await people.load();
}

function follow(): void {
  if (auth.state.status === 'signed_in') ticker.start({ hear, ended });
}

function hear({ comments, money: sums, rates: prices, session }: ticker.News): void {
  if (comments) guestBook.show(comments);
  if (sums) money.show(sums);
  if (prices) rates.show(prices);
  if (session) limits.show(session);
}

/** If the session is over, this is refused, and the state says why. */
async function ended(): Promise<void> {
  await showMe();
  await load(views.show());
}

views.onView((view) => attempt(() => load(view)));
document.addEventListener('visibilitychange', () => (document.hidden ? ticker.stop() : isOpen && follow()));
onSubmit('#sign-in', async (fields) => {
  await auth.signIn(fields);
  find(`[data-view=${views.current()}] h1`).focus();
});
find('#sign-out').addEventListener('click', () => auth.signOut().catch(showRefusal));

for (const button of document.querySelectorAll<HTMLButtonElement>('[data-attack]')) {
  button.addEventListener('click', async () => {
    const attack = attacks[button.dataset['attack'] ?? ''];
    (button.nextElementSibling as HTMLOutputElement).value = attack ? await attack() : '';
  });
}
