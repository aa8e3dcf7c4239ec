/** Attacks that load the worker's script, to read the secret in it or to run it where the attacker can listen. */

export const loads = [
  {
    id: 'H-021',
    title: "Load the worker's script in every way that browsers have",
    inPage: true,
    expects: { localStorage: 'nothing', memory: 'nothing', symbolon: 'nothing', symbolonWithoutPolicy: 'nothing' },
    why: 'the server gives the script only to a worker load, and no script can read the response to that',
    run: async ({ keep, attempt, script }) => {
      const url = location.origin + script;
      const blob = (text) => URL.createObjectURL(new Blob([text], { type: 'text/javascript' }));
      const settled = (target, [good, bad] = ['load', 'error']) =>
        new Promise((resolve) => {
          target.addEventListener(good, () => resolve('loaded'));
          target.addEventListener(bad, () => resolve('refused'));
        });
      const element = (name, attributes) => {
        const element = Object.assign(document.createElement(name), attributes);
        const outcome = settled(element);
        document.head.append(element);
        return outcome;
      };
      /** Returns what a worker of the attacker's says of an attempt to load the script in it. */
      const within = (target) =>
        new Promise((resolve) => {
          target.onmessage = ({ data }) => (keep('realm', data), resolve(data.includes?.('secret') ? 'read' : data));
          target.onerror = () => resolve('refused');
        });
      /** Starts a worker. One that starts well sends no message by itself. */
      const running = (worker) =>
        new Promise((resolve) => {
          worker.onmessage = ({ data }) => keep('worker', data);
          worker.onerror = () => resolve('refused');
          setTimeout(() => (worker.terminate(), resolve('loaded')), 700);
        });
      const report = (act) => `(${act})(${JSON.stringify(url)}).then((said) => said ?? 'loaded', () => 'refused').then((said) => self.postMessage(said))`;
      const fetched = (place, options) => async () => {
        const answer = await fetch(url, options);
        const text = await answer.text();
        keep(place, text);
        return text.includes('secret') ? 'read' : answer.status || answer.type;
      };
      const framed = (name, attribute) => async () => {
        const frame = Object.assign(document.createElement(name), { [attribute]: url });
        document.body.append(frame);
        await Promise.race([settled(frame), new Promise((resolve) => setTimeout(resolve, 1000))]);
        const text = frame.contentDocument?.documentElement?.textContent ?? '';
        keep(name, text);
        frame.remove();
        return text.includes('secret') ? 'read' : 'not read';
      };
      const ways = {
        'a worker': () => running(new Worker(url)),
        'a module worker': () => running(new Worker(url, { type: 'module' })),
        'a nested worker': () =>
          within(new Worker(blob(report((url) => new Promise((resolve, reject) => {
            new Worker(url).onerror = reject;
            setTimeout(resolve, 700);
          }))))),
        importScripts: () => within(new Worker(blob(report(async (url) => self.importScripts(url))))),
        'import() in a worker': () => within(new Worker(blob(report(async (url) => Object.keys(await import(url)))), { type: 'module' })),
        'a static import in a module worker': () => within(new Worker(blob(`import ${JSON.stringify(url)}; self.postMessage('loaded');`), { type: 'module' })),
        'fetch in a worker': () => within(new Worker(blob(report(async (url) => {
          const answer = await fetch(url);
          return answer.ok ? answer.text() : 'refused';
        })))),
        'a shared worker': () => settled(new SharedWorker(url), ['message', 'error']),
        'an audio worklet': () => new OfflineAudioContext(1, 1, 44100).audioWorklet.addModule(url),
        'a service worker': async () => void (await navigator.serviceWorker.register(url)),
        'a script': () => element('script', { src: url }),
        'a module': () => element('script', { src: url, type: 'module' }),
        'import()': async () => void (await import(url)),
        'a module preload': () => element('link', { rel: 'modulepreload', href: url }),
        'a preload as a worker': () => element('link', { rel: 'preload', as: 'worker', href: url }),
        'a preload as a script': () => element('link', { rel: 'preload', as: 'script', href: url }),
        'a style sheet': () => element('link', { rel: 'stylesheet', href: url }),
        'an image': () => element('img', { src: url }),
        'a frame': framed('iframe', 'src'),
        'an object': framed('object', 'data'),
        'an embed': framed('embed', 'src'),
        'an event source': () => settled(new EventSource(url), ['message', 'error']),
        'a beacon': async () => (navigator.sendBeacon(url, 'x') ? 'sent' : 'refused'),
        XMLHttpRequest: () => new Promise((resolve) => {
          const request = new XMLHttpRequest();
          request.open('GET', url);
          request.onloadend = () => (keep('XMLHttpRequest', request.responseText), resolve(request.responseText.includes('secret') ? 'read' : request.status));
          request.send();
        }),
        fetch: fetched('fetch', {}),
        'fetch from a cache': fetched('fetch', { cache: 'force-cache' }),
        'fetch only from a cache': fetched('fetch', { cache: 'only-if-cached', mode: 'same-origin' }),
        'fetch of the same origin': fetched('fetch', { mode: 'same-origin' }),
        'fetch of no CORS': fetched('fetch', { mode: 'no-cors' }),
        'fetch that says what it is not': fetched('fetch', { headers: { 'Sec-Fetch-Dest': 'worker', 'Sec-Fetch-Mode': 'same-origin', 'X-Sec-Fetch-Dest': 'worker' } }),
        'fetch of its head': fetched('fetch', { method: 'HEAD' }),
        'fetch by POST': fetched('fetch', { method: 'POST', headers: { 'X-HTTP-Method-Override': 'GET' } }),
      };
      const said = {};
      await Promise.all(Object.entries(ways).map(async ([way, act]) => (said[way] = await attempt(act, 1500))));
      return said;
    },
  },
];
