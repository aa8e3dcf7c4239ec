/** Relays the page's requests: rebuilds each from what a request may have, has the vault send it, and answers. */
import { type Vault, Work } from '../../pkg/symbolon_client.js';
import { parseHeaders, serializeHeaders } from '../header-lines.ts';
import { COPIED, WHOLE, type BodyMessage, type RequestMessage, type ResponseMessage } from '../protocol.ts';
import { Downloads } from './download.ts';
import type { Post } from './port.ts';
import { NoStorePaths } from './no-store-paths.ts';
import { Uploads } from './upload.ts';
import { run } from './work.ts';

/** The most requests under way. More get the error `unavailable`, so a page cannot use up the vault's memory. */
const MAX_REQUESTS = 1_000;
/** The statuses without a body (Fetch standard, section 2.2.3), for which some browsers show an empty one. */
const NULL_BODY_STATUSES = [101, 103, 204, 205, 304];

/** The requests of the page that are under way. */
export class Relay {
  readonly #post: Post;
  readonly #underWay = new Map<number, AbortController | undefined>();
  readonly #noStorePaths = new NoStorePaths();
  readonly downloads: Downloads;
  readonly uploads: Uploads;

  constructor(post: Post) {
    this.#post = post;
    this.downloads = new Downloads(post);
    this.uploads = new Uploads(post);
  }

  /** Sends the request and its answer. Throws a code. */
  async send(vault: Vault, id: number, message: RequestMessage): Promise<void> {
    if (this.#underWay.has(id)) throw 'protocol';
    if (this.#underWay.size >= MAX_REQUESTS) throw 'unavailable';
    const abort = message[5] === true ? new AbortController() : undefined;
    this.#underWay.set(id, abort);
    try {
      const response = await this.#send(vault, id, message, abort?.signal);
      // Frees the body, which may be large, while the answer goes on.
      message[3] = null;
      await this.#answer(id, response);
    } finally {
      this.#underWay.delete(id);
      this.uploads.forget(id);
    }
  }

  /** Cancels the request, or the rest of its answer. */
  abort(id: number): void {
    this.#underWay.get(id)?.abort();
    this.downloads.cancel(id);
  }

  /** Cancels all requests. */
  abortAll(): void {
    for (const id of this.#underWay.keys()) this.abort(id);
  }

  async #send(vault: Vault, id: number, message: RequestMessage, signal: AbortSignal | undefined): Promise<Response> {
    const body = message[3] === 'stream' ? this.uploads.open(id) : deserializeBody(message[3]);
    const request = buildRequest(message, body, signal, this.#noStorePaths);
    const response = await sendByVault(vault, request);
    if (request.path) this.#noStorePaths.note(request.path, response);
    return response;
  }

  async #answer(id: number, response: Response): Promise<void> {
    const { status, statusText, url, type, body } = response;
    const hasBody = body && !NULL_BODY_STATUSES.includes(status);
    const length = Number(response.headers.get('content-length') ?? Infinity);
    const isLong = length > WHOLE;
    // The body arrives while the headers are serialized.
    const whole = hasBody && !isLong ? wholeBody(response, length) : null;
    const headers = serializeHeaders(response.headers);
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
 * Reads a body of this length. Does not wait for the end of the stream where the length counts the bytes themselves: in an
 * answer from our own origin without a content encoding. The browser reports the end only later.
 */
async function wholeBody(response: Response, length: number): Promise<ArrayBuffer> {
  if (response.type !== 'basic' || response.headers.has('content-encoding')) return response.arrayBuffer();
  const reader: ReadableStreamDefaultReader<Uint8Array> = response.body!.getReader();
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length; ) {
    const { value } = await reader.read();
    // A missing value throws here: the body broke off.
    bytes.set(value!, at);
    at += value!.byteLength;
  }
  reader.read().catch(() => {});
  return bytes.buffer;
}

/** Has the vault send the request. In most cases the token is ready and the answer means nothing to the vault, so one call is enough. */
async function sendByVault(vault: Vault, request: ReturnType<typeof buildRequest>): Promise<Response> {
  const sending: Promise<Response> | Work = vault.send(request.target, request);
  if (sending instanceof Work) return run<Response>(sending);
  const response = await sending.catch(() => {
    throw 'network';
  });
  return response.status === 401 || response.status === 0 ? run<Response>(vault.finish(request, response)) : response;
}

/**
 * Copies the allowed parts of a message, each with its type enforced, and ignores all others. The vault decides by the URL and
 * the names of the headers exactly as they are sent.
 */
function buildRequest(message: RequestMessage, body: BodyInit | null, signal: AbortSignal | undefined, noStorePaths: NoStorePaths) {
  const [address, method, lines, , referrer, , options] = message;
  const url = parseUrl(address);
  if (typeof lines !== 'string') throw 'protocol';
  const headers = parseHeaders(lines);
  const init: RequestInit & { duplex?: 'half' } = {
    method: String(method),
    referrer: String(referrer),
    body,
    // Nobody follows a redirect, because the vault has not judged where it leads.
    redirect: 'manual',
  };
  if (options) {
    const { cache, integrity, keepalive, referrerPolicy } = options;
    const [credentials, mode] = [String(options.credentials) as RequestCredentials, String(options.mode) as RequestMode];
    // The token opens nothing without the cookie half, or without its header.
    if (credentials === 'omit' || mode === 'no-cors') throw 'unsupported';
    Object.assign(init, { cache, credentials, integrity: String(integrity), keepalive: keepalive === true, mode, referrerPolicy });
  }
  const isOwn = url.origin === location.origin;
  // Browsers send no cookies to other origins by default, and the token opens nothing without the cookie half.
  if (!isOwn) init.credentials = 'include';
  // Only a GET skips the cache: other methods tell the cache that its entry is out of date. Only our own origin: elsewhere
  // these headers cost a preflight request each time.
  const path = isOwn && init.method === 'GET' ? url.pathname : undefined;
  if (path && noStorePaths.has(path) && (init.cache ?? 'default') === 'default') init.cache = 'no-store';
  const once = body instanceof ReadableStream;
  if (once) init.duplex = 'half';
  if (signal) init.signal = signal;
  return {
    target: [url.origin, url.href, ...Object.keys(headers)].join(' '),
    path,
    once,
    showsRedirects: options?.redirect === 'manual',
    askedWith: 0,
    // Only the browser gets a copy of the header.
    send: (authorization: string) => fetch(url.href, { ...init, headers: { ...headers, authorization } }),
  };
}

/** Parses an absolute URL. `https:host/path` has another meaning relative to the worker's URL, so no base is used. */
function parseUrl(address: unknown): URL {
  try {
    return new URL(String(address));
  } catch {
    throw 'unsupported';
  }
}

function deserializeBody(body: Exclude<BodyMessage, 'stream'>): BodyInit | null {
  if (typeof body !== 'object') return String(body);
  if (!Array.isArray(body)) return body;
  const form = new FormData();
  for (const [name, value] of body) {
    if (typeof value === 'string') form.append(name, value);
    else form.append(name, value, value.name);
  }
  return form;
}
