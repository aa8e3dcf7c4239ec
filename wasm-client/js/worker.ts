/**
 * The worker for those who must host it themselves. It is weaker than the server's own: what it may ask for, page script
 * may, and so can get a token. The server must have been told to allow that.
 */
import { readableBoot } from './worker/boot.ts';
import { serveHere } from './worker/realm.ts';

serveHere({
  boot: readableBoot,
  module: () => fetch(new URL('./vault.wasm', import.meta.url)),
});
