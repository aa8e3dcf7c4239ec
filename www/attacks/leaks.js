/** Attacks that look for tokens in storages, broadcasts, errors and logs. */

export const leaks = [
  {
    id: 'C-018',
    title: 'Search every storage, the document and every variable',
    inPage: true,
    expects: { localStorage: 'taken', memory: 'nothing', symbolon: 'nothing', symbolonWithoutPolicy: 'nothing' },
    why: 'no half is in any of them: one is in an HttpOnly cookie, the other in a worker',
    run: async ({ keep, work, attempt }) => {
      const said = await work();
      keep('cookie', document.cookie);
      keep('cookieStore', await globalThis.cookieStore?.getAll());
      keep('localStorage', { ...localStorage });
      keep('sessionStorage', { ...sessionStorage });
      keep('name', window.name);
      keep('history', JSON.stringify(history.state));
      keep('document', document.documentElement.outerHTML);
      keep('address', location.href);
      await attempt(async () => {
        for (const name of await caches.keys()) {
          const cache = await caches.open(name);
          for (const request of await cache.keys()) keep('caches', [request.url, await (await cache.match(request)).text()]);
        }
      });
      const settled = (request) => new Promise((resolve) => Object.assign(request, { onsuccess: resolve, onerror: resolve }));
      for (const { name } of (await indexedDB.databases?.()) ?? []) {
        await attempt(async () => {
          const opening = indexedDB.open(name);
          await settled(opening);
          for (const store of opening.result.objectStoreNames) {
            const all = opening.result.transaction(store).objectStore(store).getAll();
            await settled(all);
            keep('indexedDB', all.result);
          }
          opening.result.close();
        });
      }
      await attempt(async () => {
        const folder = await navigator.storage.getDirectory();
        for await (const [, file] of folder.entries()) if (file.getFile) keep('files', await (await file.getFile()).text());
      });
      const known = new Set([window, document]);
      const walk = (value, depth) => {
        if (typeof value === 'string') keep('globals', value);
        if (!value || (typeof value !== 'object' && typeof value !== 'function') || depth > 5 || known.has(value)) return;
        if (value instanceof Node) return;
        known.add(value);
        for (const key of Reflect.ownKeys(value)) {
          try {
            walk(value[key], depth + 1);
          } catch {}
        }
      };
      for (const key of Reflect.ownKeys(window)) {
        try {
          if (!['localStorage', 'sessionStorage', 'name'].includes(key)) walk(window[key], 0);
        } catch {}
      }
      return said;
    },
  },
  {
    id: 'C-019',
    title: 'Listen to broadcasts, storage events and window messages',
    inPage: true,
    expects: { localStorage: 'nothing', memory: 'taken', symbolon: 'nothing', symbolonWithoutPolicy: 'nothing' },
    why: 'tabs send each other the names of events, and never a secret',
    plant: ({ keep }) => {
      for (const name of ['auth', 'session', 'token', 'logout', 'jwt', 'refresh', 'client', 'symbolon', 'vault']) {
        new BroadcastChannel(name).onmessage = ({ data }) => keep('broadcast', data);
      }
      window.BroadcastChannel = new Proxy(BroadcastChannel, {
        construct(target, [name]) {
          Reflect.construct(target, [name]).onmessage = ({ data }) => keep('broadcast', data);
          return Reflect.construct(target, [name]);
        },
      });
      addEventListener('message', ({ data }) => keep('message', data));
      // Storage events reach only other documents of the origin, such as a frame.
      const listen = () => {
        const frame = document.body.appendChild(document.createElement('iframe'));
        frame.contentWindow.addEventListener('storage', ({ newValue }) => keep('storage', newValue));
      };
      if (document.body) listen();
      else addEventListener('DOMContentLoaded', listen);
    },
    run: async ({ work, pause }) => {
      const said = await work();
      await pause(200);
      return said;
    },
  },
  {
    id: 'C-020',
    title: 'Provoke errors, and read the console, reports and timings',
    inPage: true,
    expects: { localStorage: 'taken', memory: 'taken', symbolon: 'nothing', symbolonWithoutPolicy: 'nothing' },
    why: 'no error, console line or URL contains a token',
    lent: true,
    plant: ({ wrap, keep }) => {
      for (const name of ['debug', 'error', 'info', 'log', 'table', 'trace', 'warn']) wrap(console, name);
      wrap(window, 'Error');
      addEventListener('error', ({ message, error }) => keep('error', [message, error]));
      addEventListener('unhandledrejection', ({ reason }) => keep('unhandledrejection', [String(reason), reason]));
      document.addEventListener('securitypolicyviolation', ({ sample, blockedURI }) => keep('violation', [sample, blockedURI]));
      globalThis.ReportingObserver && new ReportingObserver((reports) => keep('report', JSON.stringify(reports))).observe();
    },
    run: async ({ keep, work, pause, request, evil, redirect }) => {
      const said = await work();
      const wrong = ['/api/nope', `${evil}/`, 'http://[', '/auth/refresh', `${redirect}?to=${evil}/`, `/api/${'x'.repeat(70_000)}`, null, {}];
      for (const path of wrong) {
        try {
          const answer = await request(path);
          keep('answer', [answer.url, answer.statusText, new Headers(answer.headers), await answer.text()]);
        } catch (error) {
          keep('thrown', error);
        }
      }
      await pause(200);
      keep('timings', JSON.stringify(performance.getEntries()));
      return said;
    },
  },
];
