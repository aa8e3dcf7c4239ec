/** Makes a `Response` like the one that the worker received. */
import { parseHeaders } from '../header-lines.ts';
import type { ResponseMessage } from '../protocol.ts';

/** Returns the response that a message describes. `stream` is its body, if that follows in chunks. */
export function deserializeResponse(message: ResponseMessage, stream?: ReadableStream<Uint8Array<ArrayBuffer>>): Response {
  const [status, statusText, url, type, lines, body] = message;
  // An opaque redirect has the status 0, which no constructed `Response` can have.
  const response = new Response(stream ?? (body as ArrayBuffer | null), { status: status || 200, statusText, headers: parseHeaders(lines) });
  return withFacts(response, status ? { url, type } : { url, type, status, ok: false }, stream !== undefined);
}

/** Sets properties of a response, and of its clones, that the constructor does not take. */
function withFacts(response: Response, facts: Record<string, unknown>, streamed: boolean): Response {
  const define = (name: string, value: unknown) => Object.defineProperty(response, name, { value, configurable: true, writable: true });
  for (const name in facts) define(name, facts[name]);
  define('clone', () => withFacts(Response.prototype.clone.call(response), facts, streamed));
  // Browsers read a script's stream slowly, and change the reason of an abort. So the whole body is read here, and the
  // browser converts it.
  if (streamed) {
    define('bytes', () => readAll(response));
    define('arrayBuffer', () => readAll(response).then(({ buffer }) => buffer));
    for (const read of ['blob', 'formData', 'json', 'text'] as const) define(read, () => rebuilt(response).then((whole) => whole[read]()));
  }
  return response;
}

/** Returns a response of the browser's own with the whole body. */
async function rebuilt(response: Response): Promise<Response> {
  return new Response(await readAll(response), { headers: response.headers });
}

/** Reads the whole body. Rejects with the reason of an abort. */
async function readAll(response: Response): Promise<Uint8Array<ArrayBuffer>> {
  if (response.bodyUsed || !response.body) throw new TypeError('body used');
  const reader = response.body.getReader();
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let length = 0;
  for (let value: Uint8Array<ArrayBuffer> | undefined; (value = (await reader.read()).value); ) {
    chunks.push(value);
    length += value.byteLength;
  }
  const whole = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.byteLength;
  }
  return whole;
}
