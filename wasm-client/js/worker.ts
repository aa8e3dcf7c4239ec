/**
 * The vault's half that the browser starts: loads the module, and turns messages into calls and answers into messages.
 * The server wraps this script in a function and puts `boot` before it, so nothing here can be reached from outside.
 */
import initialise, { Vault } from '../pkg/symbolon_client.js';
import type { FromVault, RequestMessage, ResponseMessage, SessionMessage, ToVault } from './protocol.ts';

/** The configuration, which the vault reads for itself; named here is what this script needs of it. */
declare const boot: { module: string; moduleIntegrity: string; secret: string };
declare const self: DedicatedWorkerGlobalScope;

/** What the vault tells of a session: the claims as base64url. */
interface Told {
  claims: string;
  expiresIn: number;
}

let vault: Vault | undefined;
const underWay = new Map<number, AbortController>();

self.onmessage = async (event: MessageEvent<ToVault>) => {
  const message = event.data;
  // An abort has no answer, and a message that is none has no id to answer to.
  if (message?.kind === 'start') return start(message.restore === true);
  if (message?.kind === 'abort') return underWay.get(message.id)?.abort();
  const id = message?.id;
  try {
    answer(await act(message));
  } catch (code) {
    post({ kind: 'error', id, code: typeof code === 'string' ? code : 'protocol' });
  }
};

async function act(message: Exclude<ToVault, { kind: 'start' | 'abort' }>): Promise<FromVault> {
  if (!vault) throw 'protocol';
  const { id } = message;
  switch (message.kind) {
    case 'sign-in':
      return { kind: 'done', id, session: readable(await vault.signIn(String(message.credentials))) };
    case 'sign-out':
      await vault.signOut();
      return { kind: 'done', id, session: null };
    case 'fetch':
      return { kind: 'response', id, response: await relay(vault, id, message.request) };
    default:
      throw 'protocol';
  }
}

async function start(restore: boolean): Promise<void> {
  if (vault) return;
  try {
    await load();
  } catch {
    return post({ kind: 'failed', code: 'wasm_blocked' });
  }
  try {
    vault = await Vault.open(boot);
    boot.secret = '';
    post({ kind: 'ready', session: restore ? readable(await vault.restore()) : null });
  } catch (code) {
    post({ kind: 'failed', code: typeof code === 'string' ? code : 'protocol' });
  }
}

async function load(): Promise<void> {
  const response = await fetch(boot.module, { integrity: boot.moduleIntegrity });
  await initialise({ module_or_path: response });
}

async function relay(vault: Vault, id: number, request: RequestMessage): Promise<ResponseMessage> {
  const abort = new AbortController();
  underWay.set(id, abort);
  try {
    const { url, method, headers, body, cache } = request;
    const page = {
      url: String(url),
      method: String(method),
      headerNames: headers.map(([name]) => String(name)),
      headerValues: headers.map(([, value]) => String(value)),
      body: body instanceof ArrayBuffer ? body : null,
      cache: String(cache),
      signal: abort.signal,
    };
    const response = await vault.fetch(page);
    const received = await response.arrayBuffer().catch(() => Promise.reject('network'));
    return {
      url: response.url,
      type: response.type,
      status: response.status,
      statusText: response.statusText,
      headers: [...response.headers],
      body: received.byteLength > 0 ? received : null,
    };
  } finally {
    underWay.delete(id);
  }
}

function readable(told: Told | undefined): SessionMessage | null {
  if (!told) return null;
  const bytes = Uint8Array.from(atob(told.claims.replace(/-/g, '+').replace(/_/g, '/')), (c) => c.charCodeAt(0));
  return { claims: JSON.parse(new TextDecoder().decode(bytes)), expiresIn: told.expiresIn };
}

function answer(message: FromVault): void {
  const body = message.kind === 'response' ? message.response.body : null;
  self.postMessage(message, body ? [body] : []);
}

function post(message: FromVault): void {
  self.postMessage(message);
}
