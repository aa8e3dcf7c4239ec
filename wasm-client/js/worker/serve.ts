/** Turns the page's messages into calls to the vault, and the vault's answers into messages. */
import { begin, imports, Task, Vault } from '../../pkg/symbolon_client.js';
import { PROTOCOL, type SessionMessage, type ToVault } from '../protocol.ts';
import { decoded } from './base64url.ts';
import type { Boot } from './boot.ts';
import { Keys } from './keys.ts';
import type { Post } from './port.ts';
import { Relay } from './relay.ts';
import { Platform } from './platform.ts';
import { OtherTabs } from './other-tabs.ts';
import { MODULE_CRASHED, run } from './work.ts';

/** The sources of the vault's configuration and of its module. `boot` throws a code. */
export interface Source {
  boot(): Promise<Boot>;
  module(boot: Boot): Promise<Response>;
}

/** Serves one page: starts the vault, and answers its messages. */
export class Service {
  readonly #post: Post;
  readonly #source: Source;
  readonly #relay: Relay;
  #otherTabs: OtherTabs | undefined;
  #vault: Vault | undefined;
  #started = false;
  #stopped = false;

  constructor(post: Post, source: Source) {
    this.#post = post;
    this.#source = source;
    this.#relay = new Relay(post);
  }

  receive(data: unknown): void {
    // An uncaught error would show its text to the page.
    try {
      if (Array.isArray(data)) this.#receive(data as ToVault);
    } catch {}
  }

  /** Ends the vault where there is no worker to terminate. */
  stop(): void {
    this.#stopped = true;
    this.#otherTabs?.close();
    this.#relay.abortAll();
    this.#vault?.free();
    this.#vault = undefined;
  }

  #receive(message: ToVault): void {
    const [kind, id] = message;
    switch (kind) {
      case 'start':
        return void this.#start(message[1], message[2] === true, typeof message[3] === 'string' ? message[3] : undefined);
      case 'ping':
        return this.#post(['pong']);
      case 'wake':
        return this.#vault?.wake();
      case 'abort':
        return this.#relay.abort(Number(id));
      case 'more':
        return this.#relay.downloads.more(Number(id), Number(message[2]));
      case 'part':
        return this.#relay.uploads.receive(Number(id), message[2]);
      default:
        return void this.#perform(message).catch((thrown: unknown) => {
          // A crashed module can answer nothing, so the page must start another vault.
          if (thrown === MODULE_CRASHED) this.#post(['failed', 'network']);
          else this.#fail(message, thrown);
        });
    }
  }

  #fail([kind, id, request]: Extract<ToVault, [string, number, ...unknown[]]>, thrown: unknown): void {
    const [code, reason] = codeAndReason(thrown);
    const body = kind === 'fetch' && Array.isArray(request) && request[3] instanceof ArrayBuffer ? request[3] : undefined;
    this.#post(['error', Number(id), code, reason, body], body && [body]);
  }

  async #perform(message: Extract<ToVault, ['sign_in' | 'sign_out' | 'check' | 'fetch', ...unknown[]]>): Promise<void> {
    const vault = this.#vault;
    if (!vault) throw 'protocol';
    const [kind, id] = message;
    switch (kind) {
      case 'fetch':
        return this.#relay.send(vault, id, message[2]);
      case 'sign_in': {
        const session = parseSession(await run(vault.begin(Task.SignIn, String(message[2]))));
        this.#otherTabs?.tell('signed_in');
        return this.#post(['done', id, session]);
      }
      case 'sign_out':
        await run(vault.begin(message[2] === true ? Task.SignOutEverywhere : Task.SignOut)).finally(() => this.#otherTabs?.tell('signed_out'));
        return this.#post(['done', id, null]);
      case 'check':
        return this.#post(['done', id, parseSession(await run(vault.begin(Task.Check)))]);
      default:
        throw 'protocol';
    }
  }

  async #start(version: unknown, restore: boolean, subject: string | undefined): Promise<void> {
    if (this.#started) return;
    this.#started = true;
    if (version !== PROTOCOL) return this.#post(['failed', 'version_mismatch']);
    try {
      // Listens before it asks the server, so that no event is missed that makes the answer out of date.
      this.#otherTabs = new OtherTabs((event) => this.#post(['tab_event', event]));
      const boot = await this.#source.boot();
      await load(() => this.#source.module(boot));
      if (this.#stopped) return;
      this.#post(['loaded']);
      const vault = await createVault(boot);
      const session = restore ? parseSession(await run(vault.begin(Task.Restore, subject))) : null;
      if (this.#stopped) return vault.free();
      this.#vault = vault;
      this.#post(['ready', session]);
    } catch (thrown) {
      this.#post(['failed', ...codeAndReason(thrown)]);
    }
  }
}

let loaded: Promise<void> | undefined;

/** Loads the module, once per worker or page: a page may have one vault after the other. A policy may forbid to compile it, or to run it. */
async function load(module: () => Promise<Response>): Promise<void> {
  loaded ??= WebAssembly.instantiateStreaming(module(), imports()).then(({ instance }) => begin(instance));
  try {
    await loaded;
  } catch {
    loaded = undefined;
    throw 'wasm_blocked';
  }
}

/** Splits what the vault throws into code and reason. Anything else was thrown because of a malformed message. */
function codeAndReason(thrown: unknown): [code: string, reason?: string] {
  const [code = 'protocol', reason] = typeof thrown === 'string' ? thrown.split(' ') : [];
  return reason === undefined ? [code] : [code, reason];
}

/** Makes the vault for this configuration, and deletes the secret from the configuration. */
async function createVault(boot: Boot): Promise<Vault> {
  const { origin, apiOrigins, authPath, secretId, secret, secretLifetime, now, mayHaveSession } = boot;
  boot.secret = '';
  const keys = await Keys.generate(secret).catch(() => {
    throw 'unsupported';
  });
  const texts = [origin, authPath, secretId, ...apiOrigins].join(' ');
  return new Vault(new Platform(), keys, texts, secretLifetime, now, mayHaveSession);
}

/** Decodes a session as the vault reports it: its claims, as base64url of JSON. */
function parseSession(claims: unknown): SessionMessage | null {
  return typeof claims === 'string' ? { claims: JSON.parse(new TextDecoder().decode(decoded(claims))) } : null;
}
