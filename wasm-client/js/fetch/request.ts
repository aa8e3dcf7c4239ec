/** The page's side of a request: judged by the browser as `fetch` would, and taken apart for the vault. */
import { linesOf } from '../header-lines.ts';
import type { BodyMessage, RequestMessage, RequestOptions } from '../protocol.ts';

/** What a body is once the caller can change it no more, or a stream that is theirs. */
type Body = Exclude<BodyMessage, 'stream'> | ReadableStream<Uint8Array>;

/** A request, ready to be sent, and to be sent again unless its body is a stream. */
export interface Outgoing {
  /** As the browser sees it, without its body. */
  readonly request: Request;
  readonly message: RequestMessage;
  /** A body that follows in parts. */
  readonly stream: ReadableStream<Uint8Array> | undefined;
  /** Given when the caller may abort it. */
  readonly signal: AbortSignal | undefined;
}

/** Throws what `fetch` would throw of the same arguments, and looks at them no more after its first `await`. */
export async function serializeRequest(input: RequestInfo | URL, init: RequestInit): Promise<Outgoing> {
  const isAbortable = input instanceof Request || Boolean(init.signal);
  const [request, body] = await judged(input, init);
  const stream = body instanceof ReadableStream ? body : undefined;
  const crossing = stream ? 'stream' : (body as Exclude<Body, ReadableStream>);
  return { request, stream, message: messageOf(request, crossing, isAbortable), signal: isAbortable ? request.signal : undefined };
}

/** The browser's own `Request`, and the body apart from it: reading it back out of a `Request` would copy it once more. */
function judged(input: RequestInfo | URL, init: RequestInit): [Request, Body] | Promise<[Request, Body]> {
  const { body } = init;
  const withBody = (value: BodyInit): RequestInit => Object.create(init, { body: { value } });
  const known = apart(body);
  if (known) return [new Request(input, withBody(known[0])), known[1]];
  if (body instanceof ReadableStream && !sendsStreams()) return new Response(body).arrayBuffer().then((whole) => judged(input, withBody(whole)));
  const request = new Request(input, init);
  if (body instanceof ReadableStream) return [request, request.body];
  if (/^(GET|HEAD)$/.test(request.method)) return [request, null];
  return request.arrayBuffer().then((bytes) => [request, bytes.byteLength > 0 ? bytes : null]);
}

/**
 * An empty body that makes the browser check and label the request as it would with the real one, and that as it is now:
 * the caller may change theirs as soon as they have called.
 */
function apart(body: RequestInit['body']): [standIn: BodyInit, snapshot: Exclude<Body, ReadableStream>] | undefined {
  if (typeof body === 'string') return ['', body];
  if (body instanceof URLSearchParams) return [new URLSearchParams(), String(body)];
  if (body instanceof Blob) return [new Blob([], { type: body.type }), body];
  // The browser of the worker labels a form, with the boundary that it chooses.
  if (body instanceof FormData) return [new Uint8Array(), [...body]];
  if (body instanceof ArrayBuffer) return [new Uint8Array(), body.slice()];
  // Made anew, for what is shared with other threads cannot be handed over.
  if (ArrayBuffer.isView(body)) return [new Uint8Array(), new Uint8Array(new Uint8Array(body.buffer, body.byteOffset, body.byteLength)).buffer];
  return undefined;
}

function messageOf(request: Request, body: BodyMessage, isAbortable: boolean): RequestMessage {
  // The worker would otherwise name itself.
  const referrer = request.referrer === 'about:client' ? location.href : request.referrer;
  return [request.url, request.method, linesOf(request.headers), body, referrer, isAbortable, optionsOf(request)];
}

/** What most requests leave as it is need not cross. */
function optionsOf({ cache, credentials, integrity, keepalive = false, mode, redirect, referrerPolicy }: Request): RequestOptions | null {
  const isPlain =
    cache === 'default' && credentials === 'same-origin' && !integrity && !keepalive && mode === 'cors' && redirect === 'follow' && !referrerPolicy;
  return isPlain ? null : { cache, credentials, integrity, keepalive, mode, redirect, referrerPolicy };
}

/** Whether the browser sends streams: those that do not make a text of them, and never ask for `duplex`. */
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
