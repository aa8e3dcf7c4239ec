/** Does for the vault what takes fewer bytes in script than in the module: calls to its own server, and turns among tabs. */
import { turnAmongTabs, type Turn } from './refresh-lock.ts';

/** The deadline for a call to the server's own endpoints, in milliseconds. A slow network and a slow password hash take less. */
const CALL_DEADLINE = 15_000;

/** The functions of the browser that the vault calls. */
export class Platform {
  #last: Promise<unknown> = Promise.resolve();

  /** Posts to an endpoint. Throws `true` after the deadline, and `false` if the server could not be reached. */
  async call(path: string, proof: string | undefined, authorization: string | undefined, body: string) {
    const signal = AbortSignal.timeout(CALL_DEADLINE);
    const headers: Record<string, string> = { 'content-type': 'application/json' };
    if (proof) headers['symbolon-proof'] = proof;
    if (authorization) headers.authorization = authorization;
    try {
      const response = await fetch(path, { method: 'POST', headers, redirect: 'manual', signal, body: body || null });
      return { response, body: await response.text() };
    } catch {
      throw signal.aborted;
    }
  }

  challenge(response: Response): string | undefined {
    return response.headers.get('www-authenticate') ?? undefined;
  }

  /** Waits until everybody who asked before, in this tab, has ended their turn. */
  turnInTab(): Promise<Turn> {
    const before = this.#last;
    return new Promise((resolve) => {
      this.#last = new Promise<void>((end) => before.then(() => resolve({ end })));
    });
  }

  turnAmongTabs(): Promise<Turn> {
    return turnAmongTabs();
  }
}
