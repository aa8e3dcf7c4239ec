/** Connects a vault to the dedicated worker that it runs in. */
import { Service, type Source } from './serve.ts';

declare const self: DedicatedWorkerGlobalScope;

/** Answers the messages of the page that started this worker. */
export function serveDedicatedWorker(source: Source): void {
  const service = new Service((message, transfer = []) => self.postMessage(message, transfer), source);
  self.onmessage = ({ data }) => service.receive(data);
  // All rejections are caught but those of the module itself, which after a crash answers nothing any more.
  self.onunhandledrejection = () => self.postMessage(['failed', 'network']);
}
