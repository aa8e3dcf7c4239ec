/** A session as in many tutorials: a JWT in localStorage, sent as a bearer token. Deliberately weak. */

const KEY = 'session';
const session = () => JSON.parse(localStorage.getItem(KEY) ?? 'null');

export async function restore() {
  if (session() === null) return false;
  const answer = await send('/api/me');
  if (!answer.ok) localStorage.removeItem(KEY);
  return answer.ok;
}

export async function signIn(credentials) {
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch('/auth/sign-in', { method: 'POST', headers, body: JSON.stringify(credentials) });
  if (!answer.ok) throw new Error('The name or the password is wrong. Try again.');
  localStorage.setItem(KEY, JSON.stringify({ token: (await answer.json()).access_token }));
}

export async function send(path, options = {}) {
  // Relative to the base of the document, unless an option names another one.
  const url = new URL(path, options.baseUrl ?? document.baseURI);
  const headers = new Headers(options.headers);
  headers.set('authorization', `Bearer ${session().token}`);
  console.debug('asking', url.href, [...headers]);
  return fetch(url, { ...options, headers });
}
