/**
 * The vault in the page itself, for applications that set `isolation: 'inline'`. It keeps the token from nobody: script in the
 * page can read a token on its way, or ask for one as this script does.
 */
import { fetchBoot, servedModule } from './boot.ts';
import { Service } from './serve.ts';

/** Answers the messages of a port. The last message is `null`. */
export function serve(port: MessagePort): void {
  console.warn('symbolon: isolation is "inline", so any script in this page can read the token. Remove the option to use the worker.');
  const service = new Service((message, transfer = []) => port.postMessage(message, transfer), {
    boot: fetchBoot,
    module: servedModule,
  });
  port.onmessage = ({ data }) => {
    if (data !== null) return service.receive(data);
    port.close();
    service.stop();
  };
}
