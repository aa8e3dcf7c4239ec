/** One vault, from its start to its end. Every wait has a deadline. */
import { authError, AuthError } from './error.ts';
import { PROTOCOL, type FromVault, type SessionMessage, type TabEvent, type ToVault } from './protocol.ts';
import type { VaultChannel } from './vault-channel.ts';

/** The deadline for a worker to load, in milliseconds. */
const LOAD_DEADLINE = 10_000;
/** The deadline to restore a session, in milliseconds: longer than the waits for other tabs (5 s) and the server (15 s). */
const RESTORE_DEADLINE = 25_000;
/** The time between two looks at a worker that has something to answer, in milliseconds. A silent worker is sent a `ping`. */
const HEARTBEAT = 5_000;

/** A message of the vault to one listener. */
export type AddressedMessage = Extract<FromVault, [string, number, ...unknown[]]>;

/** Receives the answers to one question. */
export interface Listener {
  receive(message: AddressedMessage): void;
  fail(error: AuthError): void;
}

/** The parts and the settings of a connection. */
export interface ConnectionOptions {
  /** Opens a channel to a new vault. Throws if the browser refuses. */
  open(): VaultChannel;
  /** Whether to take up the session of the browser's cookies. */
  restore: boolean;
  /** The only person whose session may be taken up; `undefined` is anybody. */
  subject: string | undefined;
  /** Called when another tab reports a sign-in or a sign-out. */
  onTabEvent(event: TabEvent): void;
}

/** A connection to one vault. It starts the vault, asks it questions, and notices when it ends. */
export class Connection {
  /** Resolves with the session that was restored, or with `null`. */
  readonly ready: Promise<SessionMessage | null>;
  #channel: VaultChannel | undefined;
  readonly #listeners = new Map<number, Listener>();
  #nextId = 1;
  #closedBy: AuthError | undefined;
  #isRetired = false;
  #rejectReady: ((error: AuthError) => void) | undefined;
  #heartbeat: ReturnType<typeof setInterval> | undefined;
  #silentBeats = 0;

  constructor(options: ConnectionOptions) {
    this.ready = new Promise((resolve, reject) => {
      this.#rejectReady = (error) => {
        clearTimeout(timer);
        reject(error);
      };
      const giveUp = () => this.close(new AuthError('start_timeout'));
      let timer = setTimeout(giveUp, LOAD_DEADLINE);
      if (!globalThis.isSecureContext) return this.close(new AuthError('insecure_context'));
      try {
        this.#channel = options.open();
      } catch {
        return this.close(new AuthError('worker_blocked'));
      }
      let started = false;
      this.#channel.onerror = (event) => {
        event.preventDefault();
        // An error after the start means that the worker crashed, and what was under way has no answer.
        if (started) this.close(new AuthError('network'));
        else this.close(new AuthError(navigator.onLine ? 'worker_blocked' : 'offline'));
      };
      this.#channel.onmessage = ({ data }) => {
        this.#silentBeats = 0;
        switch (data[0]) {
          case 'loaded':
            clearTimeout(timer);
            timer = setTimeout(giveUp, RESTORE_DEADLINE);
            return;
          case 'pong':
            return;
          case 'ready':
            clearTimeout(timer);
            started = true;
            return resolve(data[1]);
          case 'failed':
            return this.close(authError(data[1], data[2]));
          case 'tab_event':
            return options.onTabEvent(data[1]);
          default:
            return this.#dispatch(data);
        }
      };
      this.send(['start', PROTOCOL, options.restore, options.subject ?? null]);
    });
    this.ready.catch(() => {});
  }

  /** Whether the vault has ended. */
  get isClosed(): boolean {
    return this.#closedBy !== undefined;
  }

  /** Sends a message. An `ArrayBuffer` is transferred, not copied. */
  send(message: ToVault, bytes?: unknown): void {
    this.#channel?.postMessage(message, bytes instanceof ArrayBuffer ? [bytes] : []);
  }

  /** Registers a listener, and returns the id for its messages. The listener fails if the vault ends. */
  join(listener: Listener): number {
    const id = this.#nextId++;
    if (this.#closedBy) {
      queueMicrotask(() => listener.fail(this.#closedBy!));
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

  /** Ends the vault as soon as no listener is left. */
  retire(): void {
    this.#isRetired = true;
    if (this.#listeners.size === 0) this.close();
  }

  /** Asks a question that the vault answers with a session or with `null`. */
  async ask(question: (id: number) => ToVault): Promise<SessionMessage | null> {
    await this.ready;
    return new Promise((resolve, reject) => {
      const id = this.join({
        fail: reject,
        receive: (message) => {
          this.leave(id);
          if (message[0] === 'done') resolve(message[2]);
          else reject(message[0] === 'error' ? authError(message[2], message[3]) : new AuthError('protocol'));
        },
      });
      this.send(question(id));
    });
  }

  /** Ends the vault and everything it holds. Listeners that still wait fail with this reason. */
  close(reason: AuthError = new AuthError('aborted')): void {
    if (this.#closedBy) return;
    this.#closedBy = reason;
    this.#rejectReady?.(reason);
    this.#stopHeartbeat();
    this.#channel?.terminate();
    for (const { fail } of [...this.#listeners.values()]) fail(reason);
    this.#listeners.clear();
  }

  #dispatch(message: AddressedMessage): void {
    const listener = this.#listeners.get(message[1]);
    try {
      listener?.receive(message);
    } catch {
      this.leave(message[1]);
      this.send(['abort', message[1]]);
      listener?.fail(new AuthError('protocol'));
    }
  }

  /** Closes the connection to a worker that is silent for too long: a worker that hangs, or was killed, sends no error. */
  #beat(): void {
    if (this.#listeners.size === 0) this.#stopHeartbeat();
    else if (++this.#silentBeats === 2) this.send(['ping']);
    else if (this.#silentBeats > 2) this.close(new AuthError('network'));
  }

  #stopHeartbeat(): void {
    clearInterval(this.#heartbeat);
    this.#heartbeat = undefined;
    this.#silentBeats = 0;
  }
}
