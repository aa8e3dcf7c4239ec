/** What a vault is spoken to through: a worker, or what looks like one. */
import type { FromVault, ToVault } from './protocol.ts';
import { trusted } from './trusted-types.ts';

export interface VaultChannel {
  postMessage(message: ToVault, transfer: Transferable[]): void;
  onmessage: ((event: MessageEvent<FromVault>) => void) | null;
  /** The script did not load, or has come to grief. */
  onerror: ((event: ErrorEvent) => void) | null;
  terminate(): void;
}

/** The worker that the page's own server serves. Throws when the browser starts none. */
export function servedWorker(): VaultChannel {
  return new Worker(trusted(new URL('/auth/vault.js', location.origin).href));
}

/** The vault in the page itself, and so within reach of all script there. */
export function inlineVault(): VaultChannel {
  console.warn('symbolon: isolation is "inline", so any script in this page can read the token');
  const { port1, port2 } = new MessageChannel();
  const channel: VaultChannel = {
    postMessage: (message, transfer) => port1.postMessage(message, transfer),
    set onmessage(hear: VaultChannel['onmessage']) {
      port1.onmessage = hear;
    },
    onerror: null,
    terminate() {
      port1.close();
      stop.then((stop) => stop()).catch(() => {});
    },
  };
  const script = '/auth/vault-inline.js';
  const stop: Promise<() => void> = import(/* @vite-ignore */ /* webpackIgnore: true */ script).then(({ serve }) => serve(port2));
  stop.catch(() => channel.onerror?.(new ErrorEvent('error')));
  return channel;
}
