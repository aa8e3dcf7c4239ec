/** The channel between page and vault: a worker, or a message port that acts like one. */
import type { FromVault, ToVault } from './protocol.ts';
import { trustedScriptUrl } from './trusted-types.ts';

/** The part of a `Worker` that the client uses. */
export interface VaultChannel {
  postMessage(message: ToVault, transfer: Transferable[]): void;
  onmessage: ((event: MessageEvent<FromVault>) => void) | null;
  /** Called when the script did not load, or crashed. */
  onerror: ((event: ErrorEvent) => void) | null;
  terminate(): void;
}

/** Starts the worker that the page's own server serves. Throws if the browser refuses. */
export function servedWorker(): VaultChannel {
  return new Worker(trustedScriptUrl(`${location.origin}/auth/vault.js`));
}

/** Starts the vault in the page itself, within reach of all script there. */
export function inlineVault(): VaultChannel {
  const { port1, port2 } = new MessageChannel();
  const script = `${location.origin}/auth/vault-inline.js`;
  import(/* @vite-ignore */ /* webpackIgnore: true */ script).then(
    ({ serve }) => serve(port2),
    () => port2.postMessage(['failed', 'worker_blocked']),
  );
  // `null` is the last message: the other end closes both ports.
  return Object.assign(port1, { onerror: null, terminate: () => port1.postMessage(null) });
}
