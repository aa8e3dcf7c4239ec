/**
 * The vault's half that the browser starts: loads the module, and turns messages into calls and answers into messages.
 * The server wraps this script in a function and puts `boot` before it, so nothing here can be reached from outside.
 */
import initialise, { Vault } from '../../pkg/symbolon_client.js';
import { PROTOCOL, type SessionMessage, type ToVault } from '../protocol.ts';
import { more } from './download.ts';
import { Keys } from './keys.ts';
import { post } from './port.ts';
import { abort, relay } from './relay.ts';
import { onHeard, takeTurn, tell } from './tabs.ts';
import { receive } from './upload.ts';

/** The configuration, which the vault reads for itself; named here is what this script needs of it. */
declare const boot: { module: string; moduleIntegrity: string; secret: string };
declare const self: DedicatedWorkerGlobalScope;

/** What the vault tells of a session: the claims as base64url. */
interface Told {
  claims: string;
  expiresIn: number;
}

let vault: Vault | undefined;
let started = false;

self.onmessage = ({ data }: MessageEvent<ToVault>) => {
  // An error that nobody catches would tell the page its text.
  try {
    if (Array.isArray(data)) hear(data);
  } catch {}
};

// Every rejection is caught; what is left is the module itself, and it answers nothing any more.
self.onunhandledrejection = () => post(['failed', 'network']);

function hear(message: ToVault): void {
  const [kind, id] = message;
  switch (kind) {
    case 'start':
      return void start(message[1], message[2] === true, typeof message[3] === 'string' ? message[3] : undefined);
    case 'ping':
      return post(['pong']);
    case 'wake':
      return vault?.wake();
    case 'abort':
      return abort(Number(id));
    case 'more':
      return more(Number(id), Number(message[2]));
    case 'part':
      return receive(Number(id), message[2]);
    default:
      return void act(message).catch((thrown: unknown) => post(['error', Number(id), ...parts(thrown)]));
  }
}

async function act(message: Extract<ToVault, ['sign-in' | 'sign-out' | 'check' | 'fetch', ...unknown[]]>): Promise<void> {
  if (!vault) throw 'protocol';
  const [kind, id] = message;
  switch (kind) {
    case 'fetch':
      return relay(vault, id, message[2]);
    case 'sign-in': {
      const session = readable(await vault.signIn(String(message[2])));
      tell('signed-in');
      return post(['done', id, session]);
    }
    case 'sign-out':
      await vault.signOut(message[2] === true).finally(() => tell('signed-out'));
      return post(['done', id, null]);
    case 'check':
      return post(['done', id, readable(await vault.check())]);
    default:
      throw 'protocol';
  }
}

async function start(version: unknown, restore: boolean, subject: string | undefined): Promise<void> {
  if (started) return;
  started = true;
  if (version !== PROTOCOL) return post(['failed', 'version_mismatch']);
  try {
    const response = await fetch(boot.module, { integrity: boot.moduleIntegrity });
    await initialise({ module_or_path: response });
  } catch {
    return post(['failed', 'wasm_blocked']);
  }
  post(['loaded']);
  onHeard((event) => post(['heard', event]));
  try {
    const keys = await Keys.generate().catch(() => {
      throw 'unsupported';
    });
    const opened = new Vault(boot, takeTurn, keys);
    boot.secret = '';
    const session = restore ? readable(await opened.restore(subject)) : null;
    vault = opened;
    post(['ready', session]);
  } catch (thrown) {
    post(['failed', ...parts(thrown)]);
  }
}

/** What the vault throws: a code, and perhaps a reason. Anything else that is thrown is a malformed message's doing. */
function parts(thrown: unknown): [code: string, reason?: string] {
  const [code = 'protocol', reason] = typeof thrown === 'string' ? thrown.split(' ') : [];
  return reason === undefined ? [code] : [code, reason];
}

function readable(told: Told | undefined): SessionMessage | null {
  if (!told) return null;
  const bytes = Uint8Array.from(atob(told.claims.replace(/-/g, '+').replace(/_/g, '/')), (c) => c.charCodeAt(0));
  return { claims: JSON.parse(new TextDecoder().decode(bytes)), expiresIn: told.expiresIn };
}
