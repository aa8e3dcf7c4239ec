/** Serializes a request for the vault. The browser's own `Request` checks its arguments, as `fetch` would. */
import { serializeHeaders } from '../header-lines.ts';
import type { BodyMessage, RequestMessage, RequestOptions } from '../protocol.ts';

/** A body that the caller can no longer change, or the caller's stream. */
type Body = Exclude<BodyMessage, 'stream'> | ReadableStream<Uint8Array>;

/** A request that is ready to be sent. It can be sent again unless its body is a stream. */
export interface OutgoingRequest {
  /** The request as the browser sees it, without its body. */
  readonly request: Request;
  readonly message: RequestMessage;
  /** The body, if it follows in parts. */
  readonly stream: ReadableStream<Uint8Array> | undefined;
  /** Set if the caller may abort the request. */
  readonly signal: AbortSignal | undefined;
}

/** Throws what `fetch` would throw for these arguments. Does not read them after its first `await`. */
export async function serializeRequest(input: RequestInfo | URL, init: RequestInit): Promise<OutgoingRequest> {
  const isAbortable = input instanceof Request || Boolean(init.signal);
  const [request, body] = await prepare(input, init);
  const stream = body instanceof ReadableStream ? body : undefined;
  const crossing = stream ? 'stream' : (body as Exclude<Body, ReadableStream>);
  return { request, stream, message: messageOf(request, crossing, isAbortable), signal: isAbortable ? request.signal : undefined };
}

/** Returns the browser's `Request` and, apart from it, the body: reading it out of the `Request` would copy it once more. */
function prepare(input: RequestInfo | URL, init: RequestInit): [Request, Body] | Promise<[Request, Body]> {
  const { body } = init;
  const withBody = (value: BodyInit): RequestInit => Object.create(init, { body: { value } });
  const snapshot = snapshotOf(body);
  if (snapshot) return [new Request(input, withBody(snapshot[0])), snapshot[1]];
  if (body instanceof ReadableStream && !sendsStreams()) return new Response(body).arrayBuffer().then((whole) => prepare(input, withBody(whole)));
  const request = new Request(input, init);
  if (body instanceof ReadableStream) return [request, request.body];
  if (/^(GET|HEAD)$/.test(request.method)) return [request, null];
  return request.arrayBuffer().then((bytes) => [request, bytes.byteLength > 0 ? bytes : null]);
}

/**
 * Returns a copy of the body, because the caller may change theirs later, and an empty body of the same kind. With that the
 * browser checks and labels the request as it would with the real one. Returns nothing for other kinds of bodies.
 */
function snapshotOf(body: RequestInit['body']): [standIn: BodyInit, snapshot: Exclude<Body, ReadableStream>] | undefined {
  if (typeof body === 'string') return ['', body];
  if (body instanceof URLSearchParams) return [new URLSearchParams(), String(body)];
  if (body instanceof Blob) return [new Blob([], { type: body.type }), body];
  // The worker labels a form, with the boundary that its browser chooses.
  if (body instanceof FormData) return [new Uint8Array(), [...body]];
  if (body instanceof ArrayBuffer) return [new Uint8Array(), body.slice()];
  // Copied, because memory that is shared with other threads cannot be transferred.
  if (ArrayBuffer.isView(body)) return [new Uint8Array(), new Uint8Array(new Uint8Array(body.buffer, body.byteOffset, body.byteLength)).buffer];
  return undefined;
}

function messageOf(request: Request, body: BodyMessage, isAbortable: boolean): RequestMessage {
  // Without this, the worker's own address would be the referrer.
  const referrer = request.referrer === 'about:client' ? location.href : request.referrer;
  return [request.url, request.method, serializeHeaders(request.headers), body, referrer, isAbortable, optionsOf(request)];
}

/** Returns the options, or `null` if all have their defaults, as in most requests. */
function optionsOf({ cache, credentials, integrity, keepalive = false, mode, redirect, referrerPolicy }: Request): RequestOptions | null {
  const isPlain =
    cache === 'default' && credentials === 'same-origin' && !integrity && !keepalive && mode === 'cors' && redirect === 'follow' && !referrerPolicy;
  return isPlain ? null : { cache, credentials, integrity, keepalive, mode, redirect, referrerPolicy };
}

/** Returns whether the browser sends streams. One that does not turns them into text, and never reads `duplex`. */
function sendsStreams(): boolean {
  let asked = false;
  const init = {
    method: 'POST',
    body: new ReadableStream(),
    get duplex() {
      asked = true;
      return 'half';
    },
  };
  return !new Request(location.href, init).headers.has('content-type') && asked;
}
