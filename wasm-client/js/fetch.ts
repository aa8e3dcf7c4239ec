/** The page's side of a request: the browser's own `Request` in, a real `Response` out. */
import type { RequestMessage, ResponseMessage } from './protocol.ts';

/** Has the browser judge the arguments as `fetch` would, and takes the result apart. */
export async function takeApart(request: Request): Promise<RequestMessage> {
  const mayHaveBody = request.method !== 'GET' && request.method !== 'HEAD';
  const body = mayHaveBody ? await request.arrayBuffer() : null;
  return {
    url: request.url,
    method: request.method,
    headers: [...request.headers],
    body: body && body.byteLength > 0 ? body : null,
    cache: request.cache,
  };
}

/** Statuses that have no body (Fetch standard, section 2.2.3). */
const NULL_BODY = [101, 103, 204, 205, 304];

/** A `Response` like the one that the worker received. */
export function putTogether({ url, type, status, statusText, headers, body }: ResponseMessage): Response {
  const response = new Response(NULL_BODY.includes(status) ? null : (body ?? ''), { status, statusText, headers });
  return dress(response, { url, type });
}

/** A constructed `Response` has no URL and the type `default`; this one says where it came from, and so do its clones. */
function dress(response: Response, facts: { url: string; type: ResponseType }): Response {
  for (const [name, value] of Object.entries(facts)) Object.defineProperty(response, name, { value });
  Object.defineProperty(response, 'clone', { value: () => dress(Response.prototype.clone.call(response), facts) });
  return response;
}
