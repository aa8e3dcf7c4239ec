/**
 * What injected script can listen to and look into. Each function runs in the page.
 *
 * Nothing here knows the token: it keeps all that it saw, and the test looks for the genuine tokens in that. So the
 * same spy finds the token of a weak page, and the day it finds ours, it is ours that is weak.
 */

/** Runs before every other script of the page: hooks whatever a token could pass through. */
export function listen() {
  const seen = new Set();
  const record = (value, depth = 0) => {
    if (depth > 6 || value === null || value === undefined) return;
    if (typeof value === 'string') seen.add(value);
    else if (value instanceof ArrayBuffer || ArrayBuffer.isView(value)) seen.add(latin1(value));
    else if (value instanceof Headers) for (const pair of value) record(pair, depth + 1);
    else if (value instanceof Request) record([value.url, value.headers], depth + 1);
    else if (typeof value === 'object') {
      for (const key of Object.getOwnPropertyNames(value)) {
        try {
          record(value[key], depth + 1);
        } catch {}
      }
    }
  };
  // The genuine ones: what is hooked would hear itself, for ever.
  const { fromCharCode } = String;
  const { subarray } = Uint8Array.prototype;
  const latin1 = (value) => {
    const bytes = value instanceof ArrayBuffer ? new Uint8Array(value) : new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
    let text = '';
    for (const byte of Reflect.apply(subarray, bytes, [0, 100_000])) text += fromCharCode(byte);
    return text;
  };
  const wrap = (owner, name) => {
    const original = owner?.[name];
    if (typeof original !== 'function') return;
    owner[name] = new Proxy(original, {
      apply(target, self, args) {
        record(args);
        const result = Reflect.apply(target, self, args);
        record(result);
        return result;
      },
      construct(target, args, newTarget) {
        record(args);
        return Reflect.construct(target, args, newTarget === owner[name] ? target : newTarget);
      },
    });
  };
  Object.defineProperty(window, '__seen', { value: () => [...seen].join('\n') });
  const { then } = Promise.prototype;

  for (const name of ['fetch', 'Headers', 'Request', 'Worker', 'SharedWorker', 'btoa', 'atob']) wrap(window, name);
  for (const name of ['append', 'get', 'set']) wrap(Headers.prototype, name);
  for (const name of ['open', 'send', 'setRequestHeader']) wrap(XMLHttpRequest.prototype, name);
  for (const name of ['parse', 'stringify']) wrap(JSON, name);
  for (const name of ['encode', 'encodeInto']) wrap(TextEncoder.prototype, name);
  for (const name of ['arrayBuffer', 'blob', 'json', 'text']) wrap(Response.prototype, name);
  for (const name of ['set', 'subarray', 'slice']) wrap(Object.getPrototypeOf(Uint8Array.prototype), name);
  for (const name of ['compile', 'compileStreaming', 'instantiate', 'instantiateStreaming']) wrap(WebAssembly, name);
  for (const name of ['setItem', 'getItem']) wrap(Storage.prototype, name);
  for (const name of ['log', 'info', 'warn', 'error', 'debug']) wrap(console, name);
  for (const owner of [Worker.prototype, MessagePort.prototype, BroadcastChannel.prototype, window]) wrap(owner, 'postMessage');
  wrap(TextDecoder.prototype, 'decode');
  wrap(String, 'fromCharCode');
  Promise.prototype.then = function (onFulfilled, onRejected) {
    const tap = typeof onFulfilled === 'function' ? (value) => (record(value), onFulfilled(value)) : onFulfilled;
    return then.call(this, tap, onRejected);
  };
  const data = Object.getOwnPropertyDescriptor(MessageEvent.prototype, 'data');
  Object.defineProperty(MessageEvent.prototype, 'data', {
    configurable: true,
    get() {
      const value = data.get.call(this);
      record(value);
      return value;
    },
  });
  addEventListener('error', (event) => record([event.message, event.error?.stack]));
  addEventListener('unhandledrejection', (event) => record(String(event.reason)));
}

/** Looks into every place where something can be left lying. */
export async function search() {
  const found = [document.cookie, document.documentElement.outerHTML, location.href, window.name];
  found.push(JSON.stringify(history.state), JSON.stringify(performance.getEntries()));
  found.push(JSON.stringify({ ...localStorage }), JSON.stringify({ ...sessionStorage }));
  found.push(JSON.stringify((await globalThis.cookieStore?.getAll()) ?? []));
  for (const name of (await globalThis.caches?.keys()) ?? []) {
    const cache = await caches.open(name);
    for (const request of await cache.keys()) found.push(request.url, await (await cache.match(request)).text());
  }
  for (const { name } of (await indexedDB.databases?.()) ?? []) found.push(name);
  try {
    const folder = await navigator.storage.getDirectory();
    for await (const [name, file] of folder.entries()) found.push(name, file.getFile ? await (await file.getFile()).text() : '');
  } catch {}

  // Every global, as deep as it goes.
  const known = new Set();
  const walk = (value, depth) => {
    if (typeof value === 'string') found.push(value);
    if (!value || (typeof value !== 'object' && typeof value !== 'function') || depth > 5 || known.has(value)) return;
    if (value instanceof Node || value === window.parent) return;
    known.add(value);
    for (const key of Reflect.ownKeys(value)) {
      try {
        walk(value[key], depth + 1);
      } catch {}
    }
  };
  known.add(window);
  for (const key of Reflect.ownKeys(window)) {
    try {
      walk(window[key], 0);
    } catch {}
  }
  return [window.__seen?.() ?? '', ...found].join('\n');
}
