/** Asks the server, as far as the page's policy allows that. */
import type { Complaint } from './complaints.ts';
import { violationsOf } from './policies.ts';

/** Finds out why the worker gets no script. A page that asks for the script gets a refusal from Symbolon, and from nobody else. */
export async function probeServer(): Promise<Complaint> {
  let answer: Promise<Response> | undefined;
  const violations = await violationsOf(() => {
    answer = fetch('/auth/vault.js', { cache: 'no-store' });
    answer.catch(() => {});
  });
  try {
    const response = await answer;
    if (!response || response.status === 429 || response.status >= 500) return 'unreachable';
    if ((await problemCode(response)) === undefined && !(await hasServiceWorker())) return 'no_server';
  } catch {
    // A policy as strict as Symbolon's own forbids the question. Without a violation, the server did not answer.
    if (violations.length === 0) return 'unreachable';
  }
  return (await hasServiceWorker()) ? 'service_worker' : 'metadata_stripped';
}

/** Returns whether a service worker may answer for the script, perhaps with a cached page. */
async function hasServiceWorker(): Promise<boolean> {
  return (await navigator.serviceWorker?.getRegistration('/auth/vault.js')) !== undefined;
}

/**
 * Sends a sign-in without a vault, which the server refuses: as `cross_origin` if the origin is wrong. Returns the code of the
 * refusal, and how far the server's clock is ahead, in milliseconds.
 */
export async function probeSignIn(): Promise<{ problem: string | undefined; clockOffset: number }> {
  try {
    const response = await fetch('/auth/sign-in', { method: 'POST' });
    const date = Date.parse(response.headers.get('date') ?? '');
    return { problem: await problemCode(response), clockOffset: Number.isNaN(date) ? 0 : date - Date.now() };
  } catch {
    return { problem: undefined, clockOffset: 0 };
  }
}

/** Returns the code of a problem document (RFC 9457), if the response is one. */
async function problemCode(response: Response): Promise<string | undefined> {
  if (!response.headers.get('content-type')?.startsWith('application/problem+json')) return undefined;
  const { code }: { code?: unknown } = await response.json();
  return typeof code === 'string' ? code : undefined;
}
