/** Exchanges sign-ins and sign-outs with the vaults of the other tabs. */
import type { TabEvent } from '../protocol.ts';

const CHANNEL = 'symbolon';

/** A channel for the names of events, and nothing else: any script of the origin can listen, and lie. */
export class OtherTabs {
  readonly #channel = new BroadcastChannel(CHANNEL);

  constructor(onEvent: (event: TabEvent) => void) {
    this.#channel.onmessage = ({ data }) => {
      if (data === 'signed_in' || data === 'signed_out') onEvent(data);
    };
  }

  tell(event: TabEvent): void {
    this.#channel.postMessage(event);
  }

  close(): void {
    this.#channel.close();
  }
}
