/** The page's side of a request: judged by the browser as `fetch` would, and taken apart for the vault. */
import { WINDOW, type BodyMessage, type RequestMessage, type RequestOptions } from '../protocol.ts';

/** A request, ready to be sent, and to be sent again unless its body is a stream. */
export interface Outgoing {
  /** As the browser sees it, without its body. */
  readonly request: Request;
  /** Makes the message anew, with what is to be transferred. */
  message(): [message: RequestMessage, transfer: Transferable[]];
  /** Whether the caller has given it a signal. */
  readonly isAbortable: boolean;
  /** A body that follows in parts. */
  readonly stream: ReadableStream<Uint8Array> | undefined;
}

type Body = BodyInit | ArrayBuffer | null;

/** Throws what `fetch` would throw of the same arguments. */
export async function takeApart(input: RequestInfo | URL, init: RequestInit = {}): Promise<Outgoing> {
  const [request, body] = await judged(input, init);
  const stream = body instanceof ReadableStream ? body : undefined;
  const isAbortable = input instanceof Request || Boolean(init.signal);
  return {
    request,
    stream,
    isAbortable,
    message() {
      const crossing = crossingOf(body);
      return [messageOf(request, crossing, isAbortable), crossing instanceof ArrayBuffer ? [crossing] : []];
    },
  };
}

/** The browser's own `Request`, and the body apart from it: reading it back out of a `Request` would copy it once more. */
async function judged(input: RequestInfo | URL, init: RequestInit): Promise<[Request, Body]> {
  const { body } = init;
  const standIn = standInFor(body);
  if (standIn !== undefined && body !== undefined) {
    return [new Request(input, Object.create(init, { body: { value: standIn } })), body];
  }
  if (body instanceof ReadableStream && !sendsStreams()) {
    const whole = await new Response(body).arrayBuffer();
    return [new Request(input, Object.create(init, { body: { value: whole } })), whole];
  }
  const request = new Request(input, init);
  if (body instanceof ReadableStream) return [request, request.body];
  const bytes = /^(GET|HEAD)$/.test(request.method) ? new ArrayBuffer(0) : await request.arrayBuffer();
  return [request, bytes.byteLength > 0 ? bytes : null];
}

/** An empty body that makes the browser check and label the request as it would with the real one. */
function standInFor(body: RequestInit['body']): BodyInit | undefined {
  if (typeof body === 'string') return '';
  if (body instanceof URLSearchParams) return new URLSearchParams();
  if (body instanceof Blob) return new Blob([], { type: body.type });
  // The browser of the worker labels a form, with the boundary that it chooses.
  if (body instanceof FormData || body instanceof ArrayBuffer || ArrayBuffer.isView(body)) return new Uint8Array();
  return undefined;
}

/** The caller keeps their bytes. A copy crosses without another; of many bytes, browsers copy into a `Blob` and send it faster. */
function crossingOf(body: Body): BodyMessage {
  if (body instanceof ReadableStream) return 'stream';
  if (body instanceof URLSearchParams) return String(body);
  if (body instanceof FormData) return [...body];
  if (typeof body === 'string' || body instanceof Blob || body === null) return body;
  if (body.byteLength > WINDOW) return new Blob([body]);
  return body instanceof ArrayBuffer ? body.slice() : (body.buffer.slice(body.byteOffset, body.byteOffset + body.byteLength) as ArrayBuffer);
}

function messageOf(request: Request, body: BodyMessage, isAbortable: boolean): RequestMessage {
  const headers: string[] = [];
  for (const pair of request.headers) headers.push(...pair);
  // The worker would otherwise name itself.
  const referrer = request.referrer === 'about:client' ? location.href : request.referrer;
  return [request.url, request.method, headers, body, referrer, isAbortable, optionsOf(request)];
}

/** What most requests leave as it is need not cross. */
function optionsOf({ cache, credentials, integrity, keepalive = false, mode, redirect, referrerPolicy }: Request): RequestOptions | null {
  const isPlain =
    cache === 'default' && credentials === 'same-origin' && !integrity && !keepalive && mode === 'cors' && redirect === 'follow' && !referrerPolicy;
  return isPlain ? null : { cache, credentials, integrity, keepalive, mode, redirect, referrerPolicy };
}

let streams: boolean | undefined;

/** Whether the browser sends streams: those that do not make a text of them, and never ask for `duplex`. */
function sendsStreams(): boolean {
  if (streams === undefined) {
    let asked = false;
    const init = {
      method: 'POST',
      body: new ReadableStream(),
      get duplex() {
        asked = true;
        return 'half';
      },
    };
    streams = !new Request(location.href, init).headers.has('content-type') && asked;
  }
  return streams;
}
