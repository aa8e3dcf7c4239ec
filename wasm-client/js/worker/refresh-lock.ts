/** Makes the tabs of a browser refresh one after the other, with a Web Lock. */
const LOCK = 'symbolon-refresh';

/** The longest wait for the other tabs, in milliseconds. A tab that hangs, or a script that keeps the lock, blocks nobody for longer. */
const LOCK_DEADLINE = 5_000;

/** A turn that others wait for until it ends. */
export interface Turn {
  end(): void;
}

/** Waits for this tab's turn. The turn can be ended even if the lock was stolen in the meantime. */
export function turnAmongTabs(): Promise<Turn> {
  return new Promise((resolve) => {
    const waiting = new AbortController();
    const proceed = () => resolve({ end() {} });
    const timer = setTimeout(() => (waiting.abort(), proceed()), LOCK_DEADLINE);
    const hold = () => {
      clearTimeout(timer);
      return new Promise<void>((end) => resolve({ end }));
    };
    navigator.locks.request(LOCK, { signal: waiting.signal }, hold).catch(proceed);
  });
}
