/** One worker, from its start to its end: asks, hears, and never waits for ever. */
import { authError, AuthError } from './error.ts';
import { PROTOCOL, type FromVault, type SessionMessage, type TabEvent, type ToVault } from './protocol.ts';
import type { VaultChannel } from './vault-channel.ts';

/** How long a worker may take to load, in milliseconds. */
const LOAD_DEADLINE = 10_000;
/** And then to restore a session: longer than it waits for other tabs (5 s) and for the server (15 s). */
const RESTORE_DEADLINE = 25_000;
/** How long a worker may be silent while something is asked of it, in milliseconds; then it must say that it is there. */
const HEARTBEAT = 5_000;

/** What the vault says to one who has joined. */
export type FromVaultTo = Extract<FromVault, [string, number, ...unknown[]]>;

export interface Listener {
  hear(message: FromVaultTo): void;
  fail(error: AuthError): void;
}

export interface Start {
  /** Opens a way to a new vault. Throws when the browser refuses. */
  open(): VaultChannel;
  /** Whether to take up the session of the browser's cookies. */
  restore: boolean;
  /** Whose session only; `undefined` is anybody's. */
  subject: string | undefined;
  onHeard(event: TabEvent): void;
}

export class Connection {
  /** The session that was restored, or `null`. */
  readonly ready: Promise<SessionMessage | null>;
  #channel: VaultChannel | undefined;
  readonly #listeners = new Map<number, Listener>();
  #nextId = 1;
  #over: AuthError | undefined;
  #isRetired = false;
  /** Says that it will not be ready, if it is not. */
  #notStarted: ((error: AuthError) => void) | undefined;
  #heartbeat: ReturnType<typeof setInterval> | undefined;
  #silent = 0;

  constructor(start: Start) {
    this.ready = new Promise((resolve, reject) => {
      this.#notStarted = (error) => {
        clearTimeout(timer);
        reject(error);
      };
      const late = () => this.close(new AuthError('start_timeout'));
      let timer = setTimeout(late, LOAD_DEADLINE);
      if (!globalThis.isSecureContext) return this.close(new AuthError('insecure_context'));
      try {
        this.#channel = start.open();
      } catch {
        return this.close(new AuthError('worker_blocked'));
      }
      let started = false;
      this.#channel.onerror = (event) => {
        event.preventDefault();
        // Once it has run, an error means that it has come to grief, and what was under way has no answer.
        if (started) this.close(new AuthError('network'));
        else this.close(new AuthError(navigator.onLine ? 'worker_blocked' : 'offline'));
      };
      this.#channel.onmessage = ({ data }) => {
        this.#silent = 0;
        switch (data[0]) {
          case 'loaded':
            clearTimeout(timer);
            timer = setTimeout(late, RESTORE_DEADLINE);
          case 'pong':
            return;
          case 'ready':
            clearTimeout(timer);
            started = true;
            return resolve(data[1]);
          case 'failed':
            return this.close(authError(data[1], data[2]));
          case 'heard':
            return start.onHeard(data[1]);
          default:
            return this.#tell(data);
        }
      };
      this.send(['start', PROTOCOL, start.restore, start.subject ?? null]);
    });
    this.ready.catch(() => {});
  }

  /** Whether the worker has ended. */
  get isOver(): boolean {
    return this.#over !== undefined;
  }

  /** Bytes in the message are handed over, not copied. */
  send(message: ToVault, bytes?: unknown): void {
    this.#channel?.postMessage(message, bytes instanceof ArrayBuffer ? [bytes] : []);
  }

  /** Whoever joins is told what the vault says under the number that they get, and if it ends. */
  join(listener: Listener): number {
    const id = this.#nextId++;
    if (this.#over) {
      queueMicrotask(() => listener.fail(this.#over!));
      return id;
    }
    this.#listeners.set(id, listener);
    this.#heartbeat ??= setInterval(() => this.#beat(), HEARTBEAT);
    return id;
  }

  leave(id: number): void {
    this.#listeners.delete(id);
    if (this.#isRetired && this.#listeners.size === 0) this.close(new AuthError('aborted'));
  }

  /** Ends the worker as soon as nobody waits for anything. */
  retire(): void {
    this.#isRetired = true;
    if (this.#listeners.size === 0) this.close();
  }

  /** Asks what is answered with a session or without one. */
  async ask(question: (id: number) => ToVault): Promise<SessionMessage | null> {
    await this.ready;
    return new Promise((resolve, reject) => {
      const id = this.join({
        fail: reject,
        hear: (message) => {
          this.leave(id);
          if (message[0] === 'done') resolve(message[2]);
          else reject(message[0] === 'error' ? authError(message[2], message[3]) : new AuthError('protocol'));
        },
      });
      this.send(question(id));
    });
  }

  /** Ends the worker, and with it all that it holds. Who still waits is told why: because nobody wants it any more, if nothing else is said. */
  close(reason: AuthError = new AuthError('aborted')): void {
    if (this.#over) return;
    this.#over = reason;
    this.#notStarted?.(reason);
    this.#rest();
    this.#channel?.terminate();
    for (const { fail } of [...this.#listeners.values()]) fail(reason);
    this.#listeners.clear();
  }

  #tell(message: FromVaultTo): void {
    const listener = this.#listeners.get(message[1]);
    try {
      listener?.hear(message);
    } catch {
      this.leave(message[1]);
      this.send(['abort', message[1]]);
      listener?.fail(new AuthError('protocol'));
    }
  }

  /** A worker that was ended by the browser, or hangs, sends no word of it. */
  #beat(): void {
    if (this.#listeners.size === 0) this.#rest();
    else if (++this.#silent === 2) this.send(['ping']);
    else if (this.#silent > 2) this.close(new AuthError('network'));
  }

  #rest(): void {
    clearInterval(this.#heartbeat);
    this.#heartbeat = undefined;
    this.#silent = 0;
  }
}
