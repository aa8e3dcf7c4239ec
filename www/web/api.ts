/** Requests to the bank's API: sends them, and asks for the password again where the server wants it. */
import { auth } from './auth.ts';
import { ApiError } from './error-messages.ts';
import { signInAgain } from './step-up.ts';

/** A request that this page sent, for the session panel. */
export interface SentRequest {
  readonly what: string;
  readonly status: string;
  readonly at: Date;
}

let notify = (_sent: SentRequest): void => {};

/** Calls `listener` for every request, as soon as its response begins. */
export function onRequest(listener: (sent: SentRequest) => void): void {
  notify = listener;
}

/** Sends a request as `auth.fetch` does. Throws {@link ApiError} if the status is no success. */
export async function request(path: string, init?: RequestInit): Promise<Response> {
  let response = await send(path, init);
  if (response.status === 401 && (await problem(response)).code === 'step_up_required') {
    await signInAgain();
    response = await send(path, init);
  }
  if (!response.ok) throw new ApiError((await problem(response)).title);
  return response;
}

/** Returns the JSON at `path`. */
export async function read<T>(path: string): Promise<T> {
  return (await request(path)).json();
}

/** Sends a request that changes something, with `body` as JSON. */
export function write(method: string, path: string, body?: unknown): Promise<Response> {
  if (body === undefined) return request(path, { method });
  return request(path, { method, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
}

async function send(path: string, init?: RequestInit): Promise<Response> {
  const what = `${init?.method ?? 'GET'} ${path}`;
  const response = await auth.fetch(path, init);
  notify({ what, status: String(response.status), at: new Date() });
  return response;
}

/** Reads the problem details (RFC 9457) of a response, or takes its text for the title. */
async function problem(response: Response): Promise<{ code: string; title: string }> {
  const text = await response.text();
  if (response.headers.get('content-type') === 'application/problem+json') return JSON.parse(text);
  return { code: '', title: text || `The bank could not do this: the server answered ${response.status}. Try again.` };
}
