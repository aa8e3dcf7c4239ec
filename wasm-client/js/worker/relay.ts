/** Pages' requests: put together again out of what a request may have, sent by the vault, and answered. */
import { type Vault, Work } from '../../pkg/symbolon_client.js';
import { headersOf, linesOf } from '../header-lines.ts';
import { COPIED, WHOLE, type BodyMessage, type RequestMessage, type ResponseMessage } from '../protocol.ts';
import { Downloads } from './download.ts';
import type { Post } from './port.ts';
import { Uncached } from './uncached.ts';
import { Uploads } from './upload.ts';
import { done } from './work.ts';

/** How many requests may be under way. A page that asks for more gets an error, and the vault keeps its memory. */
const MOST = 1_000;
/** Statuses that have no body (Fetch standard, section 2.2.3), though browsers show an empty one. */
const NULL_BODY = [101, 103, 204, 205, 304];

export class Relay {
  readonly #post: Post;
  readonly #underWay = new Map<number, AbortController | undefined>();
  readonly #uncached = new Uncached();
  readonly downloads: Downloads;
  readonly uploads: Uploads;

  constructor(post: Post) {
    this.#post = post;
    this.downloads = new Downloads(post);
    this.uploads = new Uploads(post);
  }

  /** Sends it. What it throws is a code. */
  async send(vault: Vault, id: number, message: RequestMessage): Promise<void> {
    if (this.#underWay.has(id)) throw 'protocol';
    if (this.#underWay.size >= MOST) throw 'unavailable';
    const abort = message[5] === true ? new AbortController() : undefined;
    this.#underWay.set(id, abort);
    try {
      const response = await this.#sent(vault, id, message, abort?.signal);
      // Its body may have been large, and the answer may go on for long.
      message[3] = null;
      await this.#answer(id, response);
    } finally {
      this.#underWay.delete(id);
      this.uploads.forget(id);
    }
  }

  /** Nobody waits for it any more. */
  abort(id: number): void {
    this.#underWay.get(id)?.abort();
    this.downloads.cancel(id);
  }

  /** Nobody waits for anything any more. */
  abortAll(): void {
    for (const id of this.#underWay.keys()) this.abort(id);
  }

  async #sent(vault: Vault, id: number, message: RequestMessage, signal: AbortSignal | undefined): Promise<Response> {
    const body = message[3] === 'stream' ? this.uploads.open(id) : bodyOf(message[3]);
    const request = requestOf(message, body, signal, this.#uncached);
    const response = await sent(vault, request);
    if (request.path) this.#uncached.note(request.path, response);
    return response;
  }

  async #answer(id: number, response: Response): Promise<void> {
    const { status, statusText, url, type, body } = response;
    const hasBody = body && !NULL_BODY.includes(status);
    const length = Number(response.headers.get('content-length') ?? Infinity);
    const isLong = length > WHOLE;
    // It comes while the head is taken apart.
    const whole = hasBody && !isLong ? wholeBody(response, length) : null;
    const headers = linesOf(response.headers);
    const respond = (body: ResponseMessage[5]) =>
      this.#post(
        ['response', id, [status, statusText, url, type, headers, body]],
        body instanceof ArrayBuffer && body.byteLength > COPIED ? [body] : [],
      );
    if (hasBody && isLong) {
      respond('stream');
      return this.downloads.send(id, body as ReadableStream<Uint8Array<ArrayBuffer>>);
    }
    try {
      respond(await whole);
    } catch {
      respond('stream');
      this.#post(['error', id, 'network']);
    }
  }
}

/**
 * A body of this length. The browser says only later that nothing follows, which is known where the length is that of
 * the bytes: in an answer of our own origin, as it came from the network.
 */
async function wholeBody(response: Response, length: number): Promise<ArrayBuffer> {
  if (response.type !== 'basic' || response.headers.has('content-encoding')) return response.arrayBuffer();
  const reader: ReadableStreamDefaultReader<Uint8Array> = response.body!.getReader();
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length; ) {
    const { value } = await reader.read();
    // Nothing there is as good as an error: it has broken off.
    bytes.set(value!, at);
    at += value!.byteLength;
  }
  reader.read().catch(() => {});
  return bytes.buffer;
}

/** Most requests find a token at hand, and their answers mean nothing to the vault: for those, it is asked only once. */
async function sent(vault: Vault, request: ReturnType<typeof requestOf>): Promise<Response> {
  const sending: Promise<Response> | Work = vault.send(request.target, request);
  if (sending instanceof Work) return done<Response>(sending);
  const response = await sending.catch(() => {
    throw 'network';
  });
  return response.status === 401 || response.status === 0 ? done<Response>(vault.finish(request, response)) : response;
}

/** Copies what is listed, as what it should be. The vault judges URL and headers as they are sent, and sends it with the token. */
function requestOf(message: RequestMessage, body: BodyInit | null, signal: AbortSignal | undefined, uncached: Uncached) {
  const [address, method, lines, , referrer, , options] = message;
  const url = absolute(address);
  if (typeof lines !== 'string') throw 'protocol';
  const headers = headersOf(lines);
  const init: RequestInit & { duplex?: 'half' } = {
    method: String(method),
    referrer: String(referrer),
    body,
    // A redirect is followed by nobody: where it leads was not judged.
    redirect: 'manual',
  };
  if (options) {
    const { cache, integrity, keepalive, referrerPolicy } = options;
    const [credentials, mode] = [String(options.credentials) as RequestCredentials, String(options.mode) as RequestMode];
    // Without its other half, or with no header of its own, the token opens nothing.
    if (credentials === 'omit' || mode === 'no-cors') throw 'unsupported';
    Object.assign(init, { cache, credentials, integrity: String(integrity), keepalive: keepalive === true, mode, referrerPolicy });
  }
  const isOwn = url.origin === location.origin;
  // To other origins a browser sends no cookies by default, and the token opens nothing without its other half.
  if (!isOwn) init.credentials = 'include';
  // What does more than read tells the cache that what it has is out of date; and before what goes to another origin without
  // the cache, a browser asks each time whether it may.
  const path = isOwn && init.method === 'GET' ? url.pathname : undefined;
  if (path && uncached.has(path) && (init.cache ?? 'default') === 'default') init.cache = 'no-store';
  const once = body instanceof ReadableStream;
  if (once) init.duplex = 'half';
  if (signal) init.signal = signal;
  return {
    target: [url.origin, url.href, ...Object.keys(headers)].join(' '),
    path,
    once,
    showsRedirects: options?.redirect === 'manual',
    askedWith: 0,
    // The browser has its copy, and nobody else needs one.
    send: (authorization: string) => fetch(url.href, { ...init, headers: { ...headers, authorization } }),
  };
}

/** `https:host/path` is one address by itself and another beside the worker's own, so what is judged is spelt out first. */
function absolute(address: unknown): URL {
  try {
    return new URL(String(address));
  } catch {
    throw 'unsupported';
  }
}

function bodyOf(body: Exclude<BodyMessage, 'stream'>): BodyInit | null {
  if (typeof body !== 'object') return String(body);
  if (!Array.isArray(body)) return body;
  const form = new FormData();
  for (const [name, value] of body) {
    if (typeof value === 'string') form.append(name, value);
    else form.append(name, value, value.name);
  }
  return form;
}
