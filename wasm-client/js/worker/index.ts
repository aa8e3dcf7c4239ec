/**
 * The worker that the server itself serves, and the only one that keeps the token from page script. The server wraps this
 * script in a function and puts `boot` before it, so nothing here can be reached from outside.
 */
import { type Boot, servedModule } from './boot.ts';
import { serveHere } from './realm.ts';

declare const boot: Boot;

serveHere({ boot: async () => boot, module: servedModule });
