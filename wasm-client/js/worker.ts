/**
 * The worker for applications that must host it themselves. It is weaker than the server's own: whatever it may ask for, page
 * script may ask for, too, and so get a token. The server must allow that with `Config::let_page_script_read_tokens`.
 */
import { fetchBoot } from './worker/boot.ts';
import { serveDedicatedWorker } from './worker/dedicated-worker.ts';

serveDedicatedWorker({
  boot: fetchBoot,
  module: () => fetch(new URL('./vault.wasm', import.meta.url)),
});
