/** Signs in, starts again and again with a session to restore, then measures requests, and tells the server of it all. */
import { createAuthClient } from '/client.js';

/** How many starts are measured, each in a page of its own. */
const STARTS = 40;

try {
  const report = await next();
  if (report) await tell({ Ok: report });
} catch (error) {
  await tell({ Err: `${error}\n${error.stack}` });
}

/** Everything, in the last of many pages; the others each do one thing, and open the next. */
async function next() {
  const began = performance.now();
  const auth = createAuthClient();
  await auth.ready;
  const took = performance.now() - began;

  if (!crossOriginIsolated) throw new Error('the clock is too coarse: the page is not isolated');
  const starts = sessionStorage.starts && JSON.parse(sessionStorage.starts);
  if (!starts) await auth.signIn({ name: 'ann' });
  else if (auth.state.status !== 'signed_in') throw new Error(`the session was not restored: ${auth.state.status}`);
  else starts.push(took);
  if (starts?.length === STARTS) return { starts, requests: await (await import('/requests.js')).measure(auth) };
  sessionStorage.starts = JSON.stringify(starts ?? []);
  // Not a reload, which asks for more than it must; and replaced, a page is not kept with its vault.
  location.replace(`/?${starts?.length ?? 0}`);
}

function tell(report) {
  return fetch('/report', { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(report) });
}
