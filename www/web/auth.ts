/** The client, and how everything here asks the server. The page holds no token, so there is none here to steal. */
import { createAuthClient } from 'symbolon';
import { proveAgain } from './step-up.ts';
import { Refusal } from './words.ts';

export const auth = createAuthClient();

/** One request that this page asked for. */
export interface Asked {
  readonly what: string;
  readonly status: string;
  readonly at: Date;
}

let note = (_asked: Asked): void => {};

/** Hears of every request, when its answer begins. */
export function onAsked(listener: (asked: Asked) => void): void {
  note = listener;
}

/** As `auth.fetch`, but an answer that is no success is an error; and the person says their password again when asked to. */
export async function ask(path: string, init?: RequestInit): Promise<Response> {
  let response = await noted(path, init);
  if (response.status === 401 && (await problem(response)).code === 'step_up_required') {
    await proveAgain(auth);
    response = await noted(path, init);
  }
  if (!response.ok) throw new Refusal((await problem(response)).title);
  return response;
}

export async function read<T>(path: string): Promise<T> {
  return (await ask(path)).json();
}

export function write(method: string, path: string, body?: unknown): Promise<Response> {
  if (body === undefined) return ask(path, { method });
  return ask(path, { method, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
}

async function noted(path: string, init?: RequestInit): Promise<Response> {
  const what = `${init?.method ?? 'GET'} ${path}`;
  const response = await auth.fetch(path, init);
  note({ what, status: String(response.status), at: new Date() });
  return response;
}

async function problem(response: Response): Promise<{ code: string; title: string }> {
  const text = await response.text();
  if (response.headers.get('content-type') === 'application/problem+json') return JSON.parse(text);
  return { code: '', title: text || `The server answered ${response.status}.` };
}
