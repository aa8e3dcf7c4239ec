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
  return new Worker(trusted(`${location.origin}/auth/vault.js`));
}

/** The vault in the page itself, and so within reach of all script there. */
export function inlineVault(): VaultChannel {
  const { port1, port2 } = new MessageChannel();
  const script = `${location.origin}/auth/vault-inline.js`;
  import(/* @vite-ignore */ /* webpackIgnore: true */ script).then(
    ({ serve }) => serve(port2),
    () => port2.postMessage(['failed', 'worker_blocked']),
  );
  // The last word, after which the other end closes both.
  return Object.assign(port1, { onerror: null, terminate: () => port1.postMessage(null) });
}
