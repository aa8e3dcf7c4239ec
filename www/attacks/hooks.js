/** Attacks that replace functions which the page's scripts call, and listen. */

export const hooks = [
  {
    id: 'C-001',
    title: 'Hook fetch and XMLHttpRequest',
    inPage: true,
    expects: { localStorage: 'taken', memory: 'taken', symbolon: 'nothing', symbolonWithoutPolicy: 'nothing' },
    why: 'the page sends no request with a token; the worker does, and a hook in the page does not reach into a worker',
    plant: ({ wrap }) => {
      wrap(window, 'fetch');
      for (const name of ['open', 'setRequestHeader', 'send']) wrap(XMLHttpRequest.prototype, name);
    },
    run: ({ work }) => work(),
  },
  {
    id: 'C-002',
    title: 'Hook Headers, Request and Response',
    inPage: true,
    expects: { localStorage: 'taken', memory: 'taken', symbolon: 'nothing', symbolonWithoutPolicy: 'nothing' },
    why: 'the worker adds the token, and it has its own Headers and Request; those in the page never hold the token',
    plant: ({ wrap }) => {
      for (const name of ['append', 'get', 'set']) wrap(Headers.prototype, name);
      for (const name of ['arrayBuffer', 'blob', 'json', 'text']) wrap(Response.prototype, name);
      for (const name of ['Headers', 'Request', 'Response']) wrap(window, name);
    },
    run: ({ work }) => work(),
  },
  {
    id: 'C-003',
    title: 'Hook the functions that convert bytes to text',
    inPage: true,
    expects: { localStorage: 'nothing', memory: 'taken', symbolon: 'nothing', symbolonWithoutPolicy: 'nothing' },
    why: 'the page never encodes or decodes a token',
    plant: ({ wrap }) => {
      for (const name of ['encode', 'encodeInto']) wrap(TextEncoder.prototype, name);
      for (const name of ['set', 'subarray', 'slice']) wrap(Object.getPrototypeOf(Uint8Array.prototype), name);
      for (const name of ['atob', 'btoa']) wrap(window, name);
      wrap(TextDecoder.prototype, 'decode');
      wrap(String, 'fromCharCode');
    },
    run: ({ work }) => work(),
  },
  {
    id: 'C-004',
    title: 'Hook promises, JSON and Reflect',
    inPage: true,
    expects: { localStorage: 'taken', memory: 'taken', symbolon: 'nothing', symbolonWithoutPolicy: 'nothing' },
    why: 'no token passes through them in the page',
    plant: ({ wrap, keep }) => {
      const { then } = Promise.prototype;
      Promise.prototype.then = function (onFulfilled, onRejected) {
        const tap = typeof onFulfilled === 'function' ? (value) => (keep('then', value), onFulfilled(value)) : onFulfilled;
        return then.call(this, tap, onRejected);
      };
      for (const name of ['parse', 'stringify']) wrap(JSON, name);
      for (const name of ['get', 'set']) wrap(Reflect, name);
    },
    run: ({ work }) => work(),
  },
  {
    id: 'C-007',
    title: 'Read the memory of every WebAssembly module',
    inPage: true,
    expects: { localStorage: 'nothing', memory: 'nothing', symbolon: 'nothing', symbolonWithoutPolicy: 'nothing' },
    why: 'the module that holds the token is in a worker, and the page has no reference to its memory',
    plant: ({ keep }) => {
      window.memories = new Set();
      const read = (instance) => {
        for (const value of Object.values(instance.exports)) if (value instanceof WebAssembly.Memory) window.memories.add(value);
      };
      for (const name of ['instantiate', 'instantiateStreaming']) {
        const original = WebAssembly[name];
        WebAssembly[name] = async (...args) => {
          const result = await original(...args);
          read(result.instance ?? result);
          return result;
        };
      }
      WebAssembly.Instance = new Proxy(WebAssembly.Instance, {
        construct(target, args) {
          const instance = Reflect.construct(target, args);
          read(instance);
          return instance;
        },
      });
      const buffer = Object.getOwnPropertyDescriptor(WebAssembly.Memory.prototype, 'buffer');
      const get = function () {
        const bytes = buffer.get.call(this);
        keep('buffer', bytes);
        return bytes;
      };
      Object.defineProperty(WebAssembly.Memory.prototype, 'buffer', { configurable: true, get });
    },
    run: async ({ keep, work }) => {
      const said = await work();
      for (const memory of window.memories) keep('memory', memory.buffer);
      return said;
    },
  },
  {
    id: 'C-008',
    title: "Import the page's modules again, and call their exports",
    inPage: true,
    expects: { localStorage: 'nothing', memory: 'taken', symbolon: 'nothing', symbolonWithoutPolicy: 'nothing' },
    why: 'no export of the client returns a token: there is no getToken',
    run: async ({ attempt, keep, script }) => {
      const urls = performance.getEntriesByType('resource').map(({ name }) => name);
      const modules = new Set([...urls.filter((url) => url.includes('.js')), new URL(script, location.origin).href]);
      const search = (value) => {
        if (value instanceof WebAssembly.Memory) keep('memory', value.buffer);
        else if (value && typeof value === 'object') Object.values(value).forEach(search);
      };
      for (const url of modules) {
        await attempt(async () => {
          const exports = await import(url);
          for (const value of Object.values(exports)) {
            const made = typeof value === 'function' ? await value() : value;
            keep('exports', made);
            search(made);
          }
        });
      }
      return [...modules].map((url) => new URL(url).pathname);
    },
  },
  {
    id: 'C-009',
    title: 'Fix the clock and the random numbers of the page',
    inPage: true,
    expects: { localStorage: 'nothing', memory: 'nothing', symbolon: 'nothing', symbolonWithoutPolicy: 'nothing' },
    why: 'the worker has its own clock and random numbers, and the server makes the secrets',
    early: true,
    plant: ({ keep }) => {
      const fill = Uint8Array.prototype.fill;
      crypto.getRandomValues = (array) => {
        fill.call(array, 7);
        keep('getRandomValues', Array.from(array, (byte) => byte.toString(16).padStart(2, '0')).join(''));
        return array;
      };
      crypto.randomUUID = () => '07070707-0707-4707-8707-070707070707';
      Math.random = () => 0.5;
      Date.now = () => 1_000_000_000_000;
    },
    run: ({ work }) => work('written in the year 2001'),
  },
  {
    id: 'C-011',
    title: 'Listen to all messages between the page and its workers',
    inPage: true,
    expects: { localStorage: 'nothing', memory: 'taken', symbolon: 'nothing', symbolonWithoutPolicy: 'nothing' },
    why: 'no message contains the token: the page sends requests, and the worker sends back responses',
    plant: ({ wrap, keep }) => {
      for (const owner of [Worker.prototype, MessagePort.prototype, window]) wrap(owner, 'postMessage');
      for (const name of ['Worker', 'SharedWorker', 'MessageChannel']) wrap(window, name);
      const data = Object.getOwnPropertyDescriptor(MessageEvent.prototype, 'data');
      const get = function () {
        const value = data.get.call(this);
        keep('data', value);
        return value;
      };
      Object.defineProperty(MessageEvent.prototype, 'data', { configurable: true, get });
    },
    run: ({ work }) => work(),
  },
];
