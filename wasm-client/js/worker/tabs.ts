/** What this tab's vault has to do with those of the other tabs: taking turns, and hearing of beginnings and ends. */
import type { TabEvent } from '../protocol.ts';

const LOCK = 'symbolon-refresh';
const CHANNEL = 'symbolon';

/** How long to wait for the other tabs, in milliseconds. One that hangs, or script that keeps the lock, stops nobody. */
const PATIENCE = 5_000;

/** Waits for this tab's turn. The function that it gives ends the turn, also when the lock was stolen in the meantime. */
export function takeTurn(): Promise<() => void> {
  return new Promise((resolve) => {
    const waiting = new AbortController();
    const goAhead = () => resolve(() => {});
    const timer = setTimeout(() => (waiting.abort(), goAhead()), PATIENCE);
    const hold = () => {
      clearTimeout(timer);
      return new Promise<void>((end) => resolve(end));
    };
    navigator.locks.request(LOCK, { signal: waiting.signal }, hold).catch(goAhead);
  });
}

/** Where the tabs tell one another names of events, and nothing else: any script of the origin can listen, and lie. */
export class Tabs {
  readonly #channel = new BroadcastChannel(CHANNEL);

  constructor(onHeard: (event: TabEvent) => void) {
    this.#channel.onmessage = ({ data }) => {
      if (data === 'signed-in' || data === 'signed-out') onHeard(data);
    };
  }

  tell(event: TabEvent): void {
    this.#channel.postMessage(event);
  }

  close(): void {
    this.#channel.close();
  }
}
