/**
 * The vault without a worker, in the page itself, for those who type it out. It keeps the token from nobody: script that
 * the page runs can read it on its way, or ask for one as this does.
 */
import { readableBoot, servedModule } from './boot.ts';
import { Service } from './serve.ts';

/** Answers what comes through the port, until the last word comes, which is `null`. */
export function serve(port: MessagePort): void {
  console.warn('symbolon: isolation is "inline", so any script in this page can read the token');
  const service = new Service((message, transfer = []) => port.postMessage(message, transfer), {
    boot: readableBoot,
    module: servedModule,
  });
  port.onmessage = ({ data }) => {
    if (data !== null) return service.hear(data);
    port.close();
    service.stop();
  };
}
