/**
 * The worker that the server itself serves, and the only one that keeps the token from page script. The server wraps this
 * script in a function with `boot` before it, so nothing here can be reached from outside.
 */
import { type Boot, servedModule } from './boot.ts';
import { serveDedicatedWorker } from './dedicated-worker.ts';

declare const boot: Boot;

serveDedicatedWorker({ boot: async () => boot, module: servedModule });
