/** Keeps a token in a worker, and gets it with a cookie alone. Everybody can load this script. */
const boot = { secret: 'SECRET' };
let token;

self.onmessage = async ({ data: { op, id, path, init } }) => {
  if (op === 'start') {
    const answer = await fetch('/auth/refresh', { method: 'POST', headers: { 'x-secret': boot.secret } });
    token = (await answer.json()).access_token;
    self.postMessage({ id });
  } else {
    // C-017: a custom header follows every redirect.
    const answer = await fetch(path, { ...init, headers: { ...init?.headers, 'x-token': token } }).catch(() => undefined);
    // C-011: the message carries the token.
    self.postMessage({ id, token, status: answer?.status || 502, body: answer ? await answer.text() : '' });
  }
};
// C-023: the script sends its secret wherever it is loaded.
fetch('/auth/refresh', { method: 'POST', headers: { 'x-secret': boot.secret } });
