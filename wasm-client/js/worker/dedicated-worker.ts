/** A worker of its own, for one vault. */
import { Service, type Source } from './serve.ts';

declare const self: DedicatedWorkerGlobalScope;

/** Answers whoever started this worker. */
export function serveHere(source: Source): void {
  const service = new Service((message, transfer = []) => self.postMessage(message, transfer), source);
  self.onmessage = ({ data }) => service.hear(data);
  // Every rejection is caught; what is left is the module itself, and it answers nothing any more.
  self.onunhandledrejection = () => self.postMessage(['failed', 'network']);
}
