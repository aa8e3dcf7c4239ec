/** The page of the demo: shows the bank to a person who is signed in, and the sign-in form to everybody else. */
import type { AuthState } from 'symbolon';
import { read } from './api.ts';
import { attacks } from './attack-buttons.ts';
import { auth } from './auth.ts';
import * as devices from './devices.ts';
import { find, say } from './dom.ts';
import { signOutMessage, statusMessage } from './error-messages.ts';
import * as guestBook from './guest-book.ts';
import { announce, attempt, onSubmit, showError } from './messages.ts';
import * as money from './money.ts';
import * as people from './people.ts';
import * as rates from './rates.ts';
import * as sessionLimits from './session-limits.ts';
import * as sessionPanel from './session-panel.ts';
import './theme.ts';
import * as ticker from './ticker.ts';
import * as views from './views.ts';

let isOpen = false;

auth.on('change', render);
auth.ready.catch(() => {});

function render(state: AuthState): void {
  const signedIn = state.status === 'signed_in';
  find('#signed-out').hidden = state.status !== 'signed_out';
  for (const element of ['#signed-in', '#views', '#sign-out']) find(element).hidden = !signedIn;
  say('#status', statusMessage(state));
  sessionPanel.show(state);
  if (signedIn && isOpen) follow();
  if (signedIn && !isOpen) {
    isOpen = true;
    attempt(open).then((done) => (isOpen &&= done));
  }
  if (state.status === 'signed_out') close(signOutMessage(state.reason));
}

async function open(): Promise<void> {
  await showMe();
  await Promise.all([money.load(), guestBook.load(), load(views.show())]);
  follow();
}

/** Clears the page, so that nothing of one person is left for the next. */
function close(reason: string): void {
  isOpen = false;
  ticker.stop();
  for (const part of [money, guestBook, sessionLimits]) part.forget();
  for (const dialog of document.querySelectorAll('dialog')) dialog.close();
  for (const place of ['#name', '#role', '#news']) say(place, '');
  find('#reason').hidden = !reason;
  say('#reason', reason);
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
  if (auth.state.status === 'signed_in') ticker.start({ onNews, onEnd });
}

function onNews({ comments, money: sums, rates: prices, session }: ticker.News): void {
  if (comments) guestBook.show(comments);
  if (sums) money.show(sums);
  if (prices) rates.show(prices);
  if (session) sessionLimits.show(session);
}

/** Loads what may have changed. If the session is over, the request fails, and the state says why. */
async function onEnd(): Promise<void> {
  await showMe();
  await load(views.show());
}

views.onView((view) => attempt(() => load(view)));
document.addEventListener('visibilitychange', () => (document.hidden ? ticker.stop() : isOpen && follow()));
onSubmit('#sign-in', async (fields) => {
  await auth.signIn(fields);
  find(`[data-view=${views.current()}] h1`).focus();
});
find('#sign-out').addEventListener('click', () => auth.signOut().catch(showError));

for (const button of document.querySelectorAll<HTMLButtonElement>('[data-attack]')) {
  button.addEventListener('click', async () => {
    const attack = attacks[button.dataset['attack'] ?? ''];
    (button.nextElementSibling as HTMLOutputElement).value = attack ? await attack() : '';
  });
}
