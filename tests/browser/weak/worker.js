/** Keeps a token in a worker, for which it asks with a cookie alone. Its script is anybody's to load. */
const boot = { secret: 'SECRET' };
let token;

self.onmessage = async ({ data: { op, id, path, init } }) => {
  if (op === 'start') {
    const answer = await fetch('/auth/refresh', { method: 'POST', headers: { 'x-secret': boot.secret } });
    token = (await answer.json()).access_token;
    self.postMessage({ id });
  } else {
    // C-017: a header of its own goes wherever a redirect leads.
    const answer = await fetch(path, { ...init, headers: { ...init?.headers, 'x-token': token } }).catch(() => undefined);
    // C-011: a message says it aloud.
    self.postMessage({ id, token, status: answer?.status || 502, body: answer ? await answer.text() : '' });
  }
};
// C-023: wherever it is loaded, it says what it was told.
fetch('/auth/refresh', { method: 'POST', headers: { 'x-secret': boot.secret } });
