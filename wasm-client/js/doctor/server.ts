/** What the server says to the page itself, where the page's policy lets it ask. */
import type { Complaint } from './complaints.ts';
import { violationsOf } from './policies.ts';

/** Why a worker gets no script, by what a page gets: of Symbolon, a refusal. */
export async function whatServerSays(): Promise<Complaint> {
  let answer: Promise<Response> | undefined;
  const violations = await violationsOf(() => {
    answer = fetch('/auth/vault.js', { cache: 'no-store' });
    answer.catch(() => {});
  });
  try {
    const response = await answer;
    if (!response || response.status === 429 || response.status >= 500) return 'unreachable';
    if ((await problemOf(response)) === undefined && !(await isServed())) return 'no_server';
  } catch {
    // A policy as strict as Symbolon's own lets nobody ask; without one, there is no answer.
    if (violations.length === 0) return 'unreachable';
  }
  return (await isServed()) ? 'service_worker' : 'metadata_stripped';
}

/** Whether a service worker may answer for the script, and perhaps with a page that it keeps. */
async function isServed(): Promise<boolean> {
  return (await navigator.serviceWorker?.getRegistration('/auth/vault.js')) !== undefined;
}

/** As no vault does it, so that it is refused: for its origin, if that is wrong. And how far the server's clock is ahead. */
export async function tryToSignIn(): Promise<{ problem: string | undefined; clockOffset: number }> {
  try {
    const response = await fetch('/auth/sign-in', { method: 'POST' });
    const date = Date.parse(response.headers.get('date') ?? '');
    return { problem: await problemOf(response), clockOffset: Number.isNaN(date) ? 0 : date - Date.now() };
  } catch {
    return { problem: undefined, clockOffset: 0 };
  }
}

async function problemOf(response: Response): Promise<string | undefined> {
  if (!response.headers.get('content-type')?.startsWith('application/problem+json')) return undefined;
  const { code }: { code?: unknown } = await response.json();
  return typeof code === 'string' ? code : undefined;
}
