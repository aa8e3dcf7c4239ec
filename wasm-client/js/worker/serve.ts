/** Turns what the page says into calls of the vault, and its answers into messages. */
import { begin, imports, Task, Vault } from '../../pkg/symbolon_client.js';
import { PROTOCOL, type SessionMessage, type ToVault } from '../protocol.ts';
import { decoded } from './base64url.ts';
import type { Boot } from './boot.ts';
import { Keys } from './keys.ts';
import type { Post } from './port.ts';
import { Relay } from './relay.ts';
import { Platform } from './platform.ts';
import { Tabs } from './tabs.ts';
import { MODULE_CRASHED, done } from './work.ts';

/** Where the vault gets what it is made of. What `boot` throws is a code. */
export interface Source {
  boot(): Promise<Boot>;
  module(boot: Boot): Promise<Response>;
}

export class Service {
  readonly #post: Post;
  readonly #source: Source;
  readonly #relay: Relay;
  #tabs: Tabs | undefined;
  #vault: Vault | undefined;
  #started = false;
  #stopped = false;

  constructor(post: Post, source: Source) {
    this.#post = post;
    this.#source = source;
    this.#relay = new Relay(post);
  }

  hear(data: unknown): void {
    // An error that nobody catches would tell the page its text.
    try {
      if (Array.isArray(data)) this.#hear(data as ToVault);
    } catch {}
  }

  /** Ends it where no worker ends with it. */
  stop(): void {
    this.#stopped = true;
    this.#tabs?.close();
    this.#relay.abortAll();
    this.#vault?.free();
    this.#vault = undefined;
  }

  #hear(message: ToVault): void {
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
        return void this.#act(message).catch((thrown: unknown) => {
          // Nobody may go on asking a vault that can answer nothing any more.
          if (thrown === MODULE_CRASHED) this.#post(['failed', 'network']);
          else this.#fail(message, thrown);
        });
    }
  }

  #fail([kind, id, request]: Extract<ToVault, [string, number, ...unknown[]]>, thrown: unknown): void {
    const [code, reason] = parts(thrown);
    const body = kind === 'fetch' && Array.isArray(request) && request[3] instanceof ArrayBuffer ? request[3] : undefined;
    this.#post(['error', Number(id), code, reason, body], body && [body]);
  }

  async #act(message: Extract<ToVault, ['sign_in' | 'sign_out' | 'check' | 'fetch', ...unknown[]]>): Promise<void> {
    const vault = this.#vault;
    if (!vault) throw 'protocol';
    const [kind, id] = message;
    switch (kind) {
      case 'fetch':
        return this.#relay.send(vault, id, message[2]);
      case 'sign_in': {
        const session = readable(await done(vault.begin(Task.SignIn, String(message[2]))));
        this.#tabs?.tell('signed_in');
        return this.#post(['done', id, session]);
      }
      case 'sign_out':
        await done(vault.begin(message[2] === true ? Task.SignOutEverywhere : Task.SignOut)).finally(() => this.#tabs?.tell('signed_out'));
        return this.#post(['done', id, null]);
      case 'check':
        return this.#post(['done', id, readable(await done(vault.begin(Task.Check)))]);
      default:
        throw 'protocol';
    }
  }

  async #start(version: unknown, restore: boolean, subject: string | undefined): Promise<void> {
    if (this.#started) return;
    this.#started = true;
    if (version !== PROTOCOL) return this.#post(['failed', 'version_mismatch']);
    try {
      // Before anything is asked, so that nothing is missed that makes the answer untrue.
      this.#tabs = new Tabs((event) => this.#post(['heard', event]));
      const boot = await this.#source.boot();
      await load(() => this.#source.module(boot));
      if (this.#stopped) return;
      this.#post(['loaded']);
      const vault = await vaultOf(boot);
      const session = restore ? readable(await done(vault.begin(Task.Restore, subject))) : null;
      if (this.#stopped) return vault.free();
      this.#vault = vault;
      this.#post(['ready', session]);
    } catch (thrown) {
      this.#post(['failed', ...parts(thrown)]);
    }
  }
}

let loaded: Promise<void> | undefined;

/** Loads the module, once in a realm: a page may have one vault after the other. Some browsers forbid to compile one, and some to run it. */
async function load(module: () => Promise<Response>): Promise<void> {
  loaded ??= WebAssembly.instantiateStreaming(module(), imports()).then(({ instance }) => begin(instance));
  try {
    await loaded;
  } catch {
    loaded = undefined;
    throw 'wasm_blocked';
  }
}

/** What the vault throws: a code, and perhaps a reason. Anything else that is thrown is a malformed message's doing. */
function parts(thrown: unknown): [code: string, reason?: string] {
  const [code = 'protocol', reason] = typeof thrown === 'string' ? thrown.split(' ') : [];
  return reason === undefined ? [code] : [code, reason];
}

/** The vault for this configuration, and nobody keeps the secret in it. */
async function vaultOf(boot: Boot): Promise<Vault> {
  const { origin, apiOrigins, authPath, secretId, secret, secretLifetime, now, mayHaveSession } = boot;
  boot.secret = '';
  const keys = await Keys.generate(secret).catch(() => {
    throw 'unsupported';
  });
  const texts = [origin, authPath, secretId, ...apiOrigins].join(' ');
  return new Vault(new Platform(), keys, texts, secretLifetime, now, mayHaveSession);
}

/** What the vault tells of a session: the claims, as base64url of JSON. */
function readable(told: unknown): SessionMessage | null {
  return typeof told === 'string' ? { claims: JSON.parse(new TextDecoder().decode(decoded(told))) } : null;
}
