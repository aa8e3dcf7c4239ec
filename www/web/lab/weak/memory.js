/**
 * A session as careful libraries have it: a JWT in a variable, and an HttpOnly cookie with which a worker gets the next
 * one. Better than localStorage, and still in the page. Deliberately weak.
 */

let token;
const renewer = new Worker(new URL('/worker.js', import.meta.url));
const tabs = new BroadcastChannel('auth');

/** Whoever imports this module can ask. */
export async function getTokenSilently() {
  return token;
}

export async function restore() {
  renewer.postMessage('renew');
  const { ok, body } = await new Promise((resolve) => (renewer.onmessage = ({ data }) => resolve(data)));
  if (ok) keep(body);
  return ok;
}

export async function signIn(credentials) {
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch('/auth/sign-in', { method: 'POST', headers, body: JSON.stringify(credentials) });
  if (!answer.ok) throw new Error('The name or the password is wrong.');
  keep(await answer.arrayBuffer());
}

function keep(body) {
  token = JSON.parse(new TextDecoder().decode(body)).access_token;
  // The other tabs need not ask for one of their own.
  tabs.postMessage({ type: 'renewed', token });
}

export async function send(path, options = {}) {
  // Relative to wherever the page says that it is, unless an option says otherwise.
  const url = new URL(path, options.baseUrl ?? document.baseURI);
  const request = new Request(url, { ...options, headers: { ...options.headers, authorization: `Bearer ${token}` } });
  const answer = await fetch(request);
  if (!answer.ok) console.error('refused', url.href, [...request.headers]);
  return answer;
}
