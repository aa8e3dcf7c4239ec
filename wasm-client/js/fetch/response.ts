/** A `Response` like the one that the worker received. */
import { headersOf } from '../header-lines.ts';
import type { ResponseMessage } from '../protocol.ts';

export function deserializeResponse(message: ResponseMessage, stream?: ReadableStream<Uint8Array<ArrayBuffer>>): Response {
  const [status, statusText, url, type, lines, body] = message;
  // A redirect that is shown has the status 0, which no constructed `Response` can have.
  const response = new Response(stream ?? (body as ArrayBuffer | null), { status: status || 200, statusText, headers: headersOf(lines) });
  return withFacts(response, status ? { url, type } : { url, type, status, ok: false }, stream !== undefined);
}

/** Has a response, and its clones, say these facts, which its constructor takes from nobody. */
function withFacts(response: Response, facts: Record<string, unknown>, streamed: boolean): Response {
  const define = (name: string, value: unknown) => Object.defineProperty(response, name, { value, configurable: true, writable: true });
  for (const name in facts) define(name, facts[name]);
  define('clone', () => withFacts(Response.prototype.clone.call(response), facts, streamed));
  // Browsers read a script's stream slowly, and turn the reason of an abort into something else; so the whole body is
  // gathered here. What is made of it is the browser's work again.
  if (streamed) {
    define('bytes', () => gathered(response));
    define('arrayBuffer', () => gathered(response).then(({ buffer }) => buffer));
    for (const read of ['blob', 'formData', 'json', 'text'] as const) define(read, () => again(response).then((whole) => whole[read]()));
  }
  return response;
}

async function again(response: Response): Promise<Response> {
  return new Response(await gathered(response), { headers: response.headers });
}

async function gathered(response: Response): Promise<Uint8Array<ArrayBuffer>> {
  if (response.bodyUsed || !response.body) throw new TypeError('body used');
  const reader = response.body.getReader();
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let length = 0;
  for (let value; (value = (await reader.read()).value); ) {
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
