/** The page's side of a request: judged by the browser as `fetch` would, and taken apart for the vault. */
import type { BodyMessage, RequestMessage } from '../protocol.ts';

/** A request, ready to be sent, and to be sent again unless its body is a stream. */
export interface Outgoing {
  /** As the browser sees it, without its body. */
  readonly request: Request;
  /** Makes the message anew, with what is to be transferred. */
  message(): [message: RequestMessage, transfer: Transferable[]];
  /** A body that follows in parts. */
  readonly stream: ReadableStream<Uint8Array> | undefined;
}

type Body = BodyInit | ArrayBuffer | null;

/** Throws what `fetch` would throw of the same arguments. */
export async function takeApart(input: RequestInfo | URL, init: RequestInit = {}): Promise<Outgoing> {
  const [request, body] = await judged(input, init);
  const stream = body instanceof ReadableStream ? body : undefined;
  return {
    request,
    stream,
    message() {
      const bytes = copyOf(body);
      return [messageOf(request, bytes ?? crossing(body)), bytes ? [bytes] : []];
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

/** The caller keeps their bytes: the copy crosses without another. */
function copyOf(body: Body): ArrayBuffer | undefined {
  if (body instanceof ArrayBuffer) return body.slice();
  if (!ArrayBuffer.isView(body)) return undefined;
  return body.buffer.slice(body.byteOffset, body.byteOffset + body.byteLength) as ArrayBuffer;
}

function crossing(body: Body): BodyMessage {
  if (body instanceof ReadableStream) return 'stream';
  if (body instanceof URLSearchParams) return String(body);
  if (body instanceof FormData) return [...body];
  return body as string | Blob | null;
}

function messageOf(request: Request, body: BodyMessage): RequestMessage {
  const { url, method, cache, credentials, integrity, keepalive, mode, redirect, referrer, referrerPolicy } = request;
  const headers: string[] = [];
  for (const pair of request.headers) headers.push(...pair);
  // The worker would otherwise name itself.
  const from = referrer === 'about:client' ? location.href : referrer;
  return [url, method, headers, body, cache, credentials, integrity, keepalive ?? false, mode, redirect, from, referrerPolicy, true];
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
