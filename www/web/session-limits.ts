/** When the token and the session end, by the server's clock, and the dialog that warns before the idle timeout. */
import { request } from './api.ts';
import { auth } from './auth.ts';
import { find, say } from './dom.ts';
import { atClock, left } from './format.ts';
import { attempt } from './messages.ts';

/** The times that limit a session, in seconds since 1970. */
export interface SessionLimits {
  readonly now: number;
  readonly renewed_at: number;
  readonly token_ends_at: number;
  readonly idle_at: number;
  readonly warn_at: number;
  readonly expires_at: number;
}

const dialog = find<HTMLDialogElement>('#idle');
let known: SessionLimits | undefined;
/** How many seconds the server's clock is ahead of this machine's. */
let clockOffset = 0;

export function show(limits: SessionLimits): void {
  known = limits;
  clockOffset = limits.now - Date.now() / 1000;
  say('#renewed', clock(limits.renewed_at));
  say('#good-until', clock(limits.token_ends_at));
  say('#ends-at', clock(limits.expires_at));
  tick();
}

export function forget(): void {
  known = undefined;
  dialog.close();
  for (const place of ['#renewed', '#good-until', '#idle-in', '#ends-at']) say(place, '–');
}

function clock(seconds: number): string {
  return atClock(new Date((seconds - clockOffset) * 1000));
}

function tick(): void {
  if (!known) return;
  const now = Date.now() / 1000 + clockOffset;
  const rest = left(known.idle_at - now);
  say('#idle-in', `in ${rest}`);
  say('#idle-left', rest);
  const isDue = now >= known.warn_at;
  if (isDue && !dialog.open) dialog.showModal();
  if (!isDue && dialog.open) dialog.close();
}

setInterval(tick, 1000);
// Every request counts as use, so any request will do.
find('#idle-stay').addEventListener('click', () => {
  known = undefined;
  dialog.close();
  attempt(() => request('/api/me'));
});
find('#idle-leave').addEventListener('click', () => attempt(() => auth.signOut()));
