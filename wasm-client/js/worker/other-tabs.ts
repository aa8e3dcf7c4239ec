/** What this tab's vault hears from those of the other tabs. */
import type { TabEvent } from '../protocol.ts';

const CHANNEL = 'symbolon';

/** Where the tabs tell one another names of events, and nothing else: any script of the origin can listen, and lie. */
export class Tabs {
  readonly #channel = new BroadcastChannel(CHANNEL);

  constructor(onHeard: (event: TabEvent) => void) {
    this.#channel.onmessage = ({ data }) => {
      if (data === 'signed_in' || data === 'signed_out') onHeard(data);
    };
  }

  tell(event: TabEvent): void {
    this.#channel.postMessage(event);
  }

  close(): void {
    this.#channel.close();
  }
}
