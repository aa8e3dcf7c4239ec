/** Whose turn it is among the tabs. */
const LOCK = 'symbolon-refresh';

/** How long to wait for the other tabs, in milliseconds. One that hangs, or script that keeps the lock, stops nobody. */
const PATIENCE = 5_000;

export interface Turn {
  end(): void;
}

/** Waits for this tab's turn, and gives one that can be ended also when the lock was stolen in the meantime. */
export function turnAmongTabs(): Promise<Turn> {
  return new Promise((resolve) => {
    const waiting = new AbortController();
    const goAhead = () => resolve({ end() {} });
    const timer = setTimeout(() => (waiting.abort(), goAhead()), PATIENCE);
    const hold = () => {
      clearTimeout(timer);
      return new Promise<void>((end) => resolve({ end }));
    };
    navigator.locks.request(LOCK, { signal: waiting.signal }, hold).catch(goAhead);
  });
}
