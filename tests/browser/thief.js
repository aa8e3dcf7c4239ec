/** What injected script would do with a vault secret. Runs in the page, so it stands alone. */

/** Enrols a key of its own with the secret, by the book, and asks for a token. Gives back status and problem code. */
export async function refreshWith({ secretId, secret, now }) {
  const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, '+').replace(/_/g, '/')), (c) => c.charCodeAt(0));
  const text = (buffer) =>
    btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, '-').replace(/\//g, '_').replace(/=/g, '');
  const pair = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign']);
  const point = await crypto.subtle.exportKey('raw', pair.publicKey);
  const nonce = text(crypto.getRandomValues(new Uint8Array(16)));
  const rest = `${secretId}.${now}.${nonce}.${text(point)}`;
  const key = await crypto.subtle.importKey('raw', bytes(secret), { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
  const mac = await crypto.subtle.sign('HMAC', key, new TextEncoder().encode(`enrol.refresh.${rest}`));
  const headers = { 'symbolon-proof': `enrol.${rest}.${text(mac)}` };
  const answer = await fetch('/auth/refresh', { method: 'POST', headers });
  return { status: answer.status, code: (await answer.json()).code };
}
