/** What the vault has done for it, for it takes fewer bytes here than there: calls of our own server, and turns. */
import { turnAmongTabs, type Turn } from './turns.ts';

/** How long our own server may take to answer a call, in milliseconds: a slow network and a slow password hash together take less. */
const CALL_DEADLINE = 15_000;

export class Platform {
  #last: Promise<unknown> = Promise.resolve();

  /** What it throws is whether it was the deadline. */
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

  /** Waits until whatever asked before has ended its turn. */
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
