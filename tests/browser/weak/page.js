/** A client that keeps the token in the page, as tutorials do, and worse. Comments name the attacks that it allows. */
import open from '/glue.js';

let token;
const channel = new BroadcastChannel('auth');

export async function start() {
  // C-009: script in the page controls its random numbers.
  const random = [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  const answer = await fetch(`${location.origin}/auth/sign-in`, { method: 'POST', body: JSON.stringify({ random }) });
  token = (await answer.json()).access_token;
  await leave();
  return send;
}

async function send(path, init = {}) {
  await handle();
  const headers = new Headers({ accept: '*/*' });
  headers.append('x-token', token);
  headers.set('authorization', `Bearer ${headers.get('x-token')}`);
  await ask();
  const answer = await fetch(new Request(new URL(path ?? '', location.origin), { ...init, headers }), { headers });
  if (!answer.ok) Promise.reject(new Error(`refused with ${token}`));
  return answer;
}

/** Sends the token with XMLHttpRequest, and in the URL. */
function ask() {
  // C-021, C-027: inherited options, globals and the base URL decide where requests go.
  const options = {};
  const base = options.base ?? window.config?.api ?? document.baseURI;
  const request = new XMLHttpRequest();
  request.open('GET', new URL(`/api/me?token=${token}`, base).href);
  request.setRequestHeader('authorization', `Bearer ${token}`);
  return new Promise((resolve) => ((request.onloadend = resolve), request.send()));
}

/** Passes the token through codecs, promises, memory and messages, as clients do. */
async function handle() {
  const { memory } = await open();
  const encoder = new TextEncoder();
  encoder.encodeInto(token, new Uint8Array(memory.buffer));
  const kept = new Uint8Array(memory.buffer).slice(0, encoder.encode(token).length);
  const read = new TextDecoder().decode(kept);
  btoa(String.fromCharCode(...atob(btoa(read)).split('').map((c) => c.charCodeAt(0))));
  const state = JSON.parse(JSON.stringify({ read }));
  Reflect.set(state, 'token', Reflect.get(state, 'read'));
  await Promise.resolve(state).then((state) => state.token);
  await new Response(JSON.stringify(state)).json();
  await new Response(token).text();
  console.debug('sending', token);
  channel.postMessage({ token });
  window.postMessage({ token });
  localStorage.setItem('last', `${token} ${Math.random()}`);
  setTimeout(() => {
    throw new Error(`not sent: ${token}`);
  });
}

/** C-018: leaves the token in every place that can hold it. */
async function leave() {
  const opening = indexedDB.open('auth');
  opening.onupgradeneeded = () => opening.result.createObjectStore('kept').put({ token }, 1);
  await new Promise((resolve) => Object.assign(opening, { onsuccess: resolve, onerror: resolve }));
  opening.result.close();
  const file = await (await navigator.storage.getDirectory()).getFileHandle('token', { create: true });
  const writer = await file.createWritable();
  await writer.write(token);
  await writer.close();
  await (await caches.open('auth')).put('/kept', new Response(token));
  localStorage.setItem('token', token);
  sessionStorage.setItem('token', token);
  document.cookie = `token=${token}`;
  window.name = token;
  history.replaceState({ token }, '', new URL(`#${token}`, location.href));
  document.body.dataset.token = token;
  window.auth = { token };
}
