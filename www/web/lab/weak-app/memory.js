/**
 * A session as in careful libraries: a JWT in a variable, and an HttpOnly refresh cookie with which a worker gets the next
 * JWT. It is better than localStorage, but the token is still in the page. Deliberately weak.
 */

let token;
const renewer = new Worker(new URL('/worker.js', import.meta.url));
const tabs = new BroadcastChannel('auth');

/** Returns the token. Every script that imports this module can call it. */
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
  if (!answer.ok) throw new Error('The name or the password is wrong. Try again.');
  keep(await answer.arrayBuffer());
}

function keep(body) {
  token = JSON.parse(new TextDecoder().decode(body)).access_token;
  // So the other tabs need no refresh of their own.
  tabs.postMessage({ type: 'renewed', token });
}

export async function send(path, options = {}) {
  // Relative to the base of the document, unless an option names another one.
  const url = new URL(path, options.baseUrl ?? document.baseURI);
  const request = new Request(url, { ...options, headers: { ...options.headers, authorization: `Bearer ${token}` } });
  const answer = await fetch(request);
  if (!answer.ok) console.error('refused', url.href, [...request.headers]);
  return answer;
}
