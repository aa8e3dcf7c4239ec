/** One worker, from its start to its end: asks, waits for answers, and never waits for ever. */
import { authError, AuthError } from './error.ts';
import type { FromVault, SessionMessage, ToVault } from './protocol.ts';

/** How long a worker may take to start and to restore a session, in milliseconds. */
export const START_DEADLINE = 10_000;

type Reply = Exclude<FromVault, { kind: 'ready' | 'failed' | 'error' }>;
type Question = ToVault extends infer M ? (M extends { id: number } ? Omit<M, 'id'> : never) : never;

export class Connection {
  /** The session that was restored, or `null`. */
  readonly ready: Promise<SessionMessage | null>;
  readonly #worker: Worker;
  readonly #waiting = new Map<number, { resolve(reply: Reply): void; reject(error: AuthError): void }>();
  #nextId = 1;
  #over: AuthError | undefined;

  constructor(script: string, restore: boolean) {
    this.#worker = new Worker(trusted(script));
    this.ready = new Promise((resolve, reject) => {
      const fail = (error: AuthError) => {
        clearTimeout(timer);
        this.close(error);
        reject(error);
      };
      const timer = setTimeout(() => fail(new AuthError('start_timeout')), START_DEADLINE);
      this.#worker.onerror = () => fail(new AuthError('worker_blocked'));
      this.#worker.onmessage = (event: MessageEvent<FromVault>) => {
        const message = event.data;
        if (message.kind === 'failed') return fail(authError(message.code));
        if (message.kind !== 'ready') return this.#settle(message);
        clearTimeout(timer);
        resolve(message.session);
      };
    });
    this.#worker.postMessage({ kind: 'start', restore } satisfies ToVault);
  }

  /** Sends a question and waits for its answer. */
  async ask(question: Question, transfer: Transferable[] = [], signal?: AbortSignal): Promise<Reply> {
    await this.ready;
    signal?.throwIfAborted();
    if (this.#over) throw this.#over;
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      const abort = () => {
        this.#waiting.delete(id);
        this.#worker.postMessage({ kind: 'abort', id } satisfies ToVault);
        reject(signal?.reason);
      };
      const settled = <T>(settle: (value: T) => void) => (value: T) => {
        signal?.removeEventListener('abort', abort);
        settle(value);
      };
      this.#waiting.set(id, { resolve: settled(resolve), reject: settled(reject) });
      signal?.addEventListener('abort', abort, { once: true });
      this.#worker.postMessage({ ...question, id }, transfer);
    });
  }

  /** Ends the worker, and with it all that it holds. Who still waits is told why. */
  close(reason: AuthError): void {
    this.#over ??= reason;
    this.#worker.terminate();
    for (const { reject } of this.#waiting.values()) reject(this.#over);
    this.#waiting.clear();
  }

  #settle(message: Reply | Extract<FromVault, { kind: 'error' }>): void {
    const waiting = this.#waiting.get(message.id);
    this.#waiting.delete(message.id);
    if (message.kind === 'error') waiting?.reject(authError(message.code));
    else waiting?.resolve(message);
  }
}

interface TrustedTypes {
  createPolicy(name: string, rules: { createScriptURL(url: string): string }): { createScriptURL(url: string): string };
}

let policy: ReturnType<TrustedTypes['createPolicy']> | undefined;

/** The worker's URL for a page that enforces Trusted Types. The policy lets nothing else pass. */
function trusted(script: string): string {
  const { trustedTypes } = globalThis as { trustedTypes?: TrustedTypes };
  policy ??= trustedTypes?.createPolicy('symbolon', {
    createScriptURL(url) {
      if (url !== script) throw new TypeError('not the vault');
      return url;
    },
  });
  return policy?.createScriptURL(script) ?? script;
}
