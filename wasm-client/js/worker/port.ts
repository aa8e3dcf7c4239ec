/** The one way out of the worker. */
import type { FromVault } from '../protocol.ts';

declare const self: DedicatedWorkerGlobalScope;

export function post(message: FromVault, transfer: Transferable[] = []): void {
  self.postMessage(message, transfer);
}
