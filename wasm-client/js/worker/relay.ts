/** A page's request: put together again out of what a request may have, sent by the vault, and answered. */
import type { Vault } from '../../pkg/symbolon_client.js';
import { WHOLE, type BodyMessage, type RequestMessage, type ResponseMessage } from '../protocol.ts';
import { cancel, download } from './download.ts';
import { post } from './port.ts';
import { forget, upload } from './upload.ts';

/** How many requests may be under way. A page that asks for more gets an error, and the vault keeps its memory. */
const MOST = 1_000;

const underWay = new Map<number, AbortController | undefined>();

/** Sends it. What it throws is a code. */
export async function relay(vault: Vault, id: number, message: RequestMessage): Promise<void> {
  if (underWay.size >= MOST) throw 'unavailable';
  const abort = message[12] === true ? new AbortController() : undefined;
  underWay.set(id, abort);
  try {
    const response = await vault.fetch(requestOf(message, id, abort?.signal));
    await answer(id, response);
  } finally {
    underWay.delete(id);
    forget(id);
  }
}

/** Nobody waits for it any more. */
export function abort(id: number): void {
  underWay.get(id)?.abort();
  cancel(id);
}

/** Copies what is listed, as what it should be. The vault adds the token, and judges URL and headers as they are sent. */
function requestOf(message: RequestMessage, id: number, signal: AbortSignal | undefined) {
  const [url, method, pairs, body, cache, credentials, integrity, keepalive, mode, redirect, referrer, referrerPolicy] = message;
  // Without its other half, or with no header of its own, the token opens nothing.
  if (credentials === 'omit' || mode === 'no-cors') throw 'unsupported';
  const init: RequestInit & { duplex?: 'half' } = {
    method: String(method),
    cache,
    credentials,
    integrity: String(integrity),
    keepalive: keepalive === true,
    mode,
    referrer: String(referrer),
    referrerPolicy,
    body: bodyOf(body, id),
  };
  if (body === 'stream') init.duplex = 'half';
  if (signal) init.signal = signal;
  const headers = new Headers();
  for (let at = 0; at + 1 < pairs.length; at += 2) headers.append(String(pairs[at]), String(pairs[at + 1]));
  return {
    url: String(url),
    headerNames: [...headers.keys()],
    headers,
    init,
    once: body === 'stream',
    showsRedirects: redirect === 'manual',
  };
}

function bodyOf(body: BodyMessage, id: number): BodyInit | null {
  if (body === 'stream') return upload(id);
  if (typeof body !== 'object') return String(body);
  if (!Array.isArray(body)) return body;
  const form = new FormData();
  for (const [name, value] of body) {
    if (typeof value === 'string') form.append(name, value);
    else form.append(name, value, value.name);
  }
  return form;
}

/** Statuses that have no body (Fetch standard, section 2.2.3), though browsers show an empty one. */
const NULL_BODY = [101, 103, 204, 205, 304];

async function answer(id: number, response: Response): Promise<void> {
  const { status, statusText, url, type, body } = response;
  const headers: string[] = [];
  for (const pair of response.headers) headers.push(...pair);
  const respond = (body: ResponseMessage[5]) =>
    post(['response', id, [status, statusText, url, type, headers, body]], body instanceof ArrayBuffer ? [body] : []);
  if (!body || NULL_BODY.includes(status)) return respond(null);
  if (Number(response.headers.get('content-length') ?? Infinity) > WHOLE) {
    respond('stream');
    return download(id, body as ReadableStream<Uint8Array<ArrayBuffer>>);
  }
  try {
    respond(await response.arrayBuffer());
  } catch {
    respond('stream');
    post(['broken', id]);
  }
}
