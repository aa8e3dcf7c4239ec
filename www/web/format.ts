/** Writes money and times as people do. */

const euros = new Intl.NumberFormat('en-IE', { style: 'currency', currency: 'EUR' });
const clock = new Intl.DateTimeFormat('en-GB', { timeStyle: 'medium' });
const day = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' });
const time = new Intl.DateTimeFormat('en-GB', { timeStyle: 'short' });

export function money(cents: number): string {
  return euros.format(cents / 100);
}

/** Writes money with a sign, for what came in and went out. */
export function moved(cents: number): string {
  return `${cents < 0 ? '−' : '+'}${money(Math.abs(cents))}`;
}

/** Reads the cents out of an amount that a person typed. */
export function cents(text: string): number {
  const [whole = '', rest = ''] = text.trim().split(/[.,]/);
  return Number(whole) * 100 + Number(rest.padEnd(2, '0'));
}

export function atClock(at: Date): string {
  return clock.format(at);
}

/** Writes a time, given in seconds since 1970: the time of day if it is today, else the date. */
export function moment(seconds: number): string {
  const at = new Date(seconds * 1000);
  return at.toDateString() === new Date().toDateString() ? time.format(at) : day.format(at);
}

/** Writes a duration as a countdown, such as 9:59. */
export function left(seconds: number): string {
  const rest = Math.max(0, Math.round(seconds));
  const [hours, minutes, last] = [Math.floor(rest / 3600), Math.floor(rest / 60) % 60, String(rest % 60).padStart(2, '0')];
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, '0')}:${last}` : `${minutes}:${last}`;
}
