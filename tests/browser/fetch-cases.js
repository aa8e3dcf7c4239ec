/**
 * Cases that compare `auth.fetch` with `fetch`. Each case runs in the page with both, and the results are compared.
 * A case is sent to the page as source text, so it can use nothing of this module.
 */

/** Cases in which both do the same. */
export const SAME = {
  'status, text, URL, type and headers of an answer': async (fetch) => {
    const seen = [];
    for (const status of [200, 201, 299, 400, 401, 404, 418, 500, 503]) {
      const answer = await fetch(`/fetch/status/${status}?x#hash`);
      seen.push([answer.status, answer.statusText, answer.ok, answer.url, answer.type, answer.redirected, [...answer.headers.keys()].filter((name) => name.startsWith('x-')), answer.headers.get('x-two'), answer.headers.get('set-cookie')]);
    }
    return seen;
  },
  'an answer is a Response': async (fetch) => {
    const answer = await fetch('/fetch/text');
    return [answer instanceof Response, answer.constructor === Response, Object.prototype.toString.call(answer), answer.body instanceof ReadableStream, answer.bodyUsed];
  },
  'an answer without a body': async (fetch) => {
    const seen = [];
    for (const status of [204, 205, 304]) {
      const answer = await fetch(`/fetch/status/${status}`);
      seen.push([answer.status, await answer.text()]);
    }
    const head = await fetch('/fetch/chunks?count=100&bytes=1000&length', { method: 'HEAD' });
    return [...seen, head.headers.get('content-length'), await head.text()];
  },
  'every way to read a short body': async (fetch) => {
    const get = () => fetch('/fetch/text?type=application/json&text={"a":"%C3%A9"}');
    const blob = await (await get()).blob();
    const bytes = (await get()).bytes ? [...(await (await get()).bytes())] : 'no bytes()';
    return [await (await get()).text(), await (await get()).json(), blob.type, blob.size, [...new Uint8Array(await (await get()).arrayBuffer())], bytes];
  },
  'every way to read a long body': async (fetch) => {
    const get = () => fetch('/fetch/chunks?count=100&bytes=20000');
    const sum = (bytes) => bytes.reduce((sum, byte) => (sum * 31 + byte) % 1_000_003, 7);
    const blob = await (await get()).blob();
    return [blob.type, sum(new Uint8Array(await blob.arrayBuffer())), sum(new Uint8Array(await (await get()).arrayBuffer())), (await (await get()).text()).length];
  },
  'a body of JSON, a form, and what is neither': async (fetch) => {
    const type = encodeURIComponent('application/x-www-form-urlencoded');
    const form = await (await fetch(`/fetch/text?type=${type}&text=a=1%26b=2`)).formData();
    const bad = await (await fetch('/fetch/text?text={')).json().catch((error) => error.name);
    const long = await (await fetch('/fetch/chunks?count=100&bytes=1000&length')).json().catch((error) => error.name);
    return [[...form], bad, long];
  },
  'a body is read once': async (fetch) => {
    const seen = [];
    for (const url of ['/fetch/text', '/fetch/chunks?count=100&bytes=1000&length']) {
      const answer = await fetch(url);
      await answer.text();
      seen.push(answer.bodyUsed, await answer.text().catch((error) => error.name));
      const other = await fetch(url);
      const reader = other.body.getReader();
      seen.push(other.body.locked, await other.arrayBuffer().catch((error) => error.name));
      await reader.cancel();
    }
    return seen;
  },
  'a clone can be read as well': async (fetch) => {
    const seen = [];
    for (const url of ['/fetch/text', '/fetch/chunks?count=100&bytes=1000&length']) {
      const answer = await fetch(url);
      const clone = answer.clone();
      seen.push(clone.url, clone.type, clone.status, (await clone.text()).length, (await answer.text()).length);
      seen.push(await Promise.resolve().then(() => answer.clone()).catch((error) => error.name));
    }
    return seen;
  },
  'a body comes as it is sent': async (fetch) => {
    const answer = await fetch('/fetch/chunks?count=4&bytes=70000&pause=60');
    const start = performance.now();
    const reader = answer.body.getReader();
    const first = await reader.read();
    const early = performance.now() - start < 200;
    let length = first.value.byteLength;
    for (let next = await reader.read(); !next.done; next = await reader.read()) length += next.value.byteLength;
    return [early, length, performance.now() - start > 150];
  },
  'a body is read into a buffer of the reader': async (fetch) => {
    const answer = await fetch('/fetch/chunks?count=10&bytes=20000&length');
    const reader = await Promise.resolve().then(() => answer.body.getReader({ mode: 'byob' })).catch((error) => error.name);
    if (reader === 'TypeError') return reader;
    let length = 0;
    let buffer = new ArrayBuffer(7_001);
    for (;;) {
      const { done, value } = await reader.read(new Uint8Array(buffer));
      if (done) return [length, value.byteLength];
      length += value.byteLength;
      buffer = value.buffer;
    }
  },
  'a body goes through the streams of the platform': async (fetch) => {
    const answer = await fetch('/fetch/chunks?count=30&bytes=20000');
    const packed = await new Response(answer.body.pipeThrough(new CompressionStream('gzip'))).blob();
    const back = await new Response(packed.stream().pipeThrough(new DecompressionStream('gzip'))).arrayBuffer();
    return back.byteLength;
  },
  'WebAssembly is compiled from an answer': async (fetch) => String(await WebAssembly.compileStreaming(fetch('/fetch/module'))),
  'every kind of body': async (fetch) => {
    const bytes = new Uint8Array([1, 2, 3, 4, 5]);
    const form = new FormData();
    form.append('text', 'é');
    form.append('file', new File(['content'], 'name.txt', { type: 'text/x-odd' }));
    form.append('blob', new Blob(['x']));
    const seen = [];
    for (const body of ['text é', '', bytes.buffer, bytes.subarray(1, 3), new DataView(bytes.buffer, 4), new Blob(['blob'], { type: 'text/x-blob' }), new Blob(['blob']), new URLSearchParams({ a: '1 2' }), form, { toString: () => 'object' }, 7]) {
      seen.push(await (await fetch('/fetch/echo', { method: 'POST', body })).json());
    }
    return [seen, bytes.buffer.byteLength];
  },
  'a body is what it was when it was sent': async (fetch) => {
    const bytes = new Uint8Array([1, 2, 3]);
    const form = new FormData();
    const query = new URLSearchParams({ a: '1' });
    form.append('a', '1');
    const sent = [bytes, form, query].map((body) => fetch('/fetch/echo', { method: 'POST', body }));
    bytes.fill(0);
    form.append('b', '2');
    query.append('b', '2');
    return Promise.all(sent.map(async (answer) => (await (await answer).json()).body));
  },
  'a type that the caller says': async (fetch) => {
    const headers = { 'content-type': 'application/json', 'x-custom': 'é'.normalize() };
    return (await fetch('/fetch/echo', { method: 'PUT', body: '{}', headers })).json();
  },
  'a large body': async (fetch) => {
    const bytes = new Uint8Array(3_000_000).map((_, n) => n % 253);
    const sent = async (body) => (await fetch('/fetch/echo', { method: 'POST', body })).json();
    return [await sent(bytes), await sent(new Blob([bytes])), bytes.byteLength];
  },
  'a Request, and what overrides it': async (fetch) => {
    const request = new Request('/fetch/echo', { method: 'POST', body: 'first', headers: { 'x-custom': '1' } });
    const copy = request.clone();
    const one = await (await fetch(request)).json();
    const two = await (await fetch(copy, { body: 'second', headers: { 'x-custom': '2' } })).json();
    return [one, two, request.bodyUsed, copy.bodyUsed, await fetch(request).catch((error) => error.name)];
  },
  'methods': async (fetch) => {
    const seen = [];
    for (const method of ['get', 'POST', 'put', 'PATCH', 'DELETE', 'OPTIONS', 'REPORT']) seen.push((await (await fetch('/fetch/echo', { method })).json()).method);
    return seen;
  },
  'a URL is resolved by the page': async (fetch) => [(await fetch('text?text=a')).url, (await fetch(new URL('/fetch/text', location.href))).url, (await fetch('../fetch/./text#x')).url],
  'what is no request': async (fetch) => {
    const attempts = [['http://'], ['/fetch/text', { method: 'CONNECT' }], ['/fetch/text', { method: 'G T' }], ['/fetch/text', { body: 'x' }], ['/fetch/text', { headers: { 'bad name': 'x' } }],
      ['/fetch/text', { headers: { a: '\n\0' } }], ['http://user:pass@localhost/'], ['/fetch/text', { mode: 'navigate' }], ['/fetch/text', { cache: 'odd' }], ['/fetch/text', { signal: {} }]];
    return Promise.all(attempts.map((attempt) => Promise.resolve().then(() => fetch(...attempt)).then(() => 'sent', (error) => error.name)));
  },
  'an abort before': async (fetch) => {
    const reason = { why: 'none of that' };
    const told = await fetch('/fetch/text', { signal: AbortSignal.abort(reason) }).catch((error) => error);
    const plain = await fetch('/fetch/text', { signal: AbortSignal.abort() }).catch((error) => [error.name, error instanceof DOMException]);
    return [told, plain];
  },
  'an abort while the answer is waited for': async (fetch) => {
    const abort = new AbortController();
    const answer = fetch('/fetch/hang', { signal: abort.signal }).catch((error) => error);
    setTimeout(() => abort.abort('enough'), 50);
    const late = await fetch('/fetch/hang', { signal: AbortSignal.timeout(50) }).catch((error) => error.name);
    return [await answer, late];
  },
  'an abort in the middle of a body': async (fetch) => {
    const seen = [];
    for (const reason of [undefined, 'enough']) {
      const abort = new AbortController();
      const answer = await fetch('/fetch/chunks?count=100&bytes=1000&pause=20', { signal: abort.signal });
      const reader = answer.body.getReader();
      await reader.read();
      abort.abort(reason);
      const error = await (async () => { for (;;) if ((await reader.read()).done) return 'done'; })().catch((error) => error);
      seen.push(error?.name ?? error);
    }
    return seen;
  },
  'a Request brings its own signal': async (fetch) => {
    const abort = new AbortController();
    const answer = fetch(new Request('/fetch/hang', { signal: abort.signal })).catch((error) => error.name);
    setTimeout(() => abort.abort(), 50);
    return answer;
  },
  'no answer': async (fetch) => {
    const error = await fetch('/fetch/drop').catch((error) => error);
    return [error.name, error instanceof TypeError];
  },
  'an answer that breaks off': async (fetch) => {
    const seen = [];
    for (const length of [1_000, 1_000_000]) {
      const answer = await fetch(`/fetch/cut?length=${length}`);
      seen.push(answer.status, await answer.arrayBuffer().catch((error) => error.name));
    }
    return seen;
  },
  'modes of the cache': async (fetch) => {
    const seen = [];
    for (const cache of ['default', 'no-store', 'reload', 'no-cache']) seen.push((await (await fetch('/fetch/echo', { cache })).json()).cache);
    const url = `/fetch/text?text=${Math.random()}`;
    await (await fetch(url)).text();
    await (await fetch(url, { cache: 'force-cache' })).text();
    return seen;
  },
  'options that are null': async (fetch) => (await fetch('/fetch/text', null)).text(),
  'an answer that may be kept is taken from the cache': async (fetch) => {
    const url = `/fetch/kept?as=max-age=60&${Math.random()}`;
    const ask = async () => (await (await fetch(url)).json()).is;
    return (await ask()) === (await ask());
  },
  'where a request comes from': async (fetch) => {
    const seen = [];
    for (const init of [{}, { referrer: '' }, { referrer: '/fetch/elsewhere' }, { referrerPolicy: 'no-referrer' }, { referrerPolicy: 'origin' }]) seen.push((await (await fetch('/fetch/echo', init)).json()).referer);
    return seen;
  },
  'integrity': async (fetch) => {
    const good = 'sha256-' + btoa(String.fromCharCode(...new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode('text')))));
    const bad = good.replace(/.{4}=$/, 'AAA=');
    return [await (await fetch('/fetch/text', { integrity: good })).text(), await fetch('/fetch/text', { integrity: bad }).catch((error) => error.name)];
  },
  'a redirect that is refused, and one that is shown': async (fetch) => {
    const refused = await fetch('/fetch/redirect', { redirect: 'error' }).catch((error) => error.name);
    const shown = await fetch('/fetch/redirect', { redirect: 'manual' });
    return [refused, shown.type, shown.status, shown.ok, shown.url, shown.statusText, shown.body, [...shown.headers]];
  },
  'keepalive, within its limit and beyond': async (fetch) => {
    const send = (length) => fetch('/fetch/echo', { method: 'POST', keepalive: true, body: 'x'.repeat(length) });
    return [(await (await send(1000)).json()).length, await send(70_000).then(() => 'sent', (error) => error.name)];
  },
  'many at once': async (fetch) => {
    const answers = await Promise.all(Array.from({ length: 60 }, (_, n) => fetch(`/fetch/text?text=${n}`).then((answer) => answer.text())));
    return answers.every((answer, n) => answer === String(n));
  },
};

/** Cases in which `auth.fetch` follows the standard, and a browser does not yet. */
export const BEHIND = {
  webkit: {
    'an abort while the answer is waited for': ['enough', 'TimeoutError'],
    'an abort in the middle of a body': ['AbortError', 'enough'],
  },
};

/** Cases in which both differ. The documentation contains `says`, and `expect` is the result of `auth.fetch`. */
export const DIFFERENT = {
  redirect: {
    says: '| `redirect_blocked` | a redirect, unless `redirect` is `manual` or `error`: nobody follows it with a token |',
    run: (fetch) => fetch('/fetch/redirect').then((answer) => answer.url, (error) => error.code),
    expect: 'redirect_blocked',
  },
  origins: {
    says: '| `origin_not_allowed` | an origin that the server did not declare, whatever `mode` says |',
    run: (fetch) => fetch('http://127.0.0.1:9/', { mode: 'same-origin' }).then(() => 'sent', (error) => error.code),
    expect: 'origin_not_allowed',
  },
  endpoints: {
    says: '| `unsupported` | paths below `/auth`, and URLs that are not `http:` or `https:` |',
    run: (fetch) => Promise.all(['/auth/session', '/x/../auth/refresh', 'data:,x', 'blob:x'].map((url) => fetch(url).then(() => 'sent', (error) => error.code))),
    expect: ['unsupported', 'unsupported', 'unsupported', 'unsupported'],
  },
  headers: {
    says: '| `unsupported` | a caller\'s `Authorization` or `Symbolon-Proof` header |',
    run: (fetch) => Promise.all(['authorization', 'symbolon-proof'].map((name) => fetch('/fetch/text', { headers: { [name]: 'x' } }).then(() => 'sent', (error) => error.code))),
    expect: ['unsupported', 'unsupported'],
  },
  credentials: {
    says: '| `unsupported` | `credentials: \'omit\'` and `mode: \'no-cors\'`: the server would see half a session |',
    run: (fetch) => Promise.all([{ credentials: 'omit' }, { mode: 'no-cors' }].map((init) => fetch('/fetch/text', init).then(() => 'sent', (error) => error.code))),
    expect: ['unsupported', 'unsupported'],
  },
  immutable: {
    says: 'The headers of an answer can be changed, which harms nobody.',
    run: async (fetch) => (await fetch('/fetch/text')).headers.append('x', 'y') ?? 'changed',
    expect: 'changed',
  },
  null_body: {
    says: 'The `body` of an answer that can have none (204, 205, 304) is `null`, as the standard says and not every browser does.',
    run: async (fetch) => (await fetch('/fetch/status/204')).body,
    expect: null,
  },
  cached: {
    says: 'An answer that is put into a `Cache` loses its `url` there.',
    run: async (fetch) => {
      const cache = await caches.open('fetch');
      await cache.put('/fetch/kept', await fetch('/fetch/text'));
      return (await cache.match('/fetch/kept')).url;
    },
    expect: '',
  },
  uncached: {
    says: 'Where every answer to a `GET` of a path of your own origin has said `no-store`, the next request skips the browser\'s cache. It goes out with `Cache-Control: no-cache` and `Pragma: no-cache`, unless `cache` says something else. All paths that the server protects answer so.',
    run: async (fetch) => {
      const path = `/fetch/kept/${Math.random()}`;
      const ask = async (as, init) => (await (await fetch(`${path}?as=${as}`, init)).json()).cache;
      const seen = [await ask('no-store'), await ask('no-store'), await ask('no-store', { cache: 'no-cache' })];
      for (let n = 0; n < 2; n++) seen.push(await ask('no-store', { method: 'POST' }));
      // After one cacheable answer, the cache may hold answers of this path.
      for (const as of ['private', 'no-store', 'no-store']) seen.push(await ask(as));
      return seen;
    },
    expect: ['default', 'no-cache', 'max-age=0', 'default', 'default', 'no-cache', 'default', 'default'],
  },
  shared: {
    says: 'Bytes in a buffer that is shared with workers are copied and sent in every browser, not only in some.',
    run: async (fetch) => {
      const { buffer } = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
      return (await (await fetch('/fetch/echo', { method: 'POST', body: new Uint8Array(buffer, 0, 4).fill(65) })).json()).body;
    },
    expect: 'AAAA',
  },
  timing: {
    says: 'Requests do not show in the page\'s `performance` entries, and `priority` has no effect.',
    run: async (fetch) => {
      const url = `/fetch/text?${Math.random()}`;
      await (await fetch(url, { priority: 'low' })).text();
      return performance.getEntriesByName(new URL(url, location.href).href).length;
    },
    expect: 0,
  },
  stream: {
    says: 'A stream as body is sent as it comes where the browser can do that (Chromium, over HTTP/2), and collected first elsewhere. Such a request is never sent twice. The body of a `Request` is collected first everywhere.',
    run: async (fetch) => {
      const body = () => new Blob(['streamed']).stream();
      const sent = await fetch('/fetch/echo', { method: 'POST', body: body(), duplex: 'half' }).then((answer) => answer.json(), (error) => error.name);
      return [sent.body ?? sent, await fetch('/fetch/echo', { method: 'POST', body: body() }).then((answer) => answer.status, (error) => error.name)];
    },
    // Over HTTP/1.1 Chromium refuses a stream. The others buffer it.
    expect: { chromium: ['TypeError', 'TypeError'], firefox: ['streamed', 200], webkit: ['streamed', 200] },
  },
  whole: {
    says: 'An answer with a declared length of at most 64 KiB arrives when all of it is there.',
    run: async (fetch) => {
      const start = performance.now();
      await fetch('/fetch/chunks?count=4&bytes=1000&pause=60&length');
      return performance.now() - start > 150;
    },
    expect: true,
  },
  signed_out: {
    says: '| `not_signed_in` | any request without a session: nothing is sent |',
    signedOut: true,
    run: (fetch) => fetch('/fetch/text').then(() => 'sent', (error) => [error.name, error.code]),
    expect: ['AuthError', 'not_signed_in'],
  },
};
