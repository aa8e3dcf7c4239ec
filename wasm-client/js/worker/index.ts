/**
 * The worker that the server itself serves, and the only one that keeps the token from page script. The server wraps this
 * script in a function and puts `boot` before it, so nothing here can be reached from outside.
 */
import type { Boot } from './boot.ts';
import { Service } from './serve.ts';

declare const boot: Boot;
declare const self: DedicatedWorkerGlobalScope;

const service = new Service((message, transfer = []) => self.postMessage(message, transfer), {
  boot: async () => boot,
  module: () => fetch(boot.module, { integrity: boot.moduleIntegrity }),
});

self.onmessage = ({ data }) => service.hear(data);

// Every rejection is caught; what is left is the module itself, and it answers nothing any more.
self.onunhandledrejection = () => self.postMessage(['failed', 'network']);
