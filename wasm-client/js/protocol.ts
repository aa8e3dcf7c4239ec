/**
 * Every message between page and vault. No message carries a token, because there is no kind of message for one.
 * Messages are arrays, because cloning an array costs less than cloning an object: the kind, the id of the question, the rest.
 */

import type { HeaderLines } from './header-lines.ts';

/** The version of this protocol. Page and vault must have the same one: the page may come from an older build than the server. */
export const PROTOCOL = 4;

/** The messages from the page to the vault. */
export type ToVault =
  /** Starts the vault. `subject` is the only person whose session may be taken up; `null` is anybody. */
  | ['start', version: number, restore: boolean, subject: string | null]
  | ['sign_in', id: number, credentials: string]
  | ['sign_out', id: number, everywhere: boolean]
  /** Asks whether the session lives. */
  | ['check', id: number]
  | ['fetch', id: number, request: RequestMessage]
  /** Cancels the request, or the rest of its answer. */
  | ['abort', id: number]
  /** The page has read so many bytes of the answer's body, and has room for as many more. */
  | ['more', id: number, bytes: number]
  /** A part of the request's body. `null` is its end; no value at all says that the body broke off. */
  | ['part', id: number, bytes?: ArrayBuffer | null]
  | ['ping']
  /** The network or the person is back. */
  | ['wake'];

/** The messages from the vault to the page. */
export type FromVault =
  /** The module runs. From now on only the network takes time. */
  | ['loaded']
  | ['ready', session: SessionMessage | null]
  | ['failed', code: string, reason?: string]
  | ['done', id: number, session: SessionMessage | null]
  | ['response', id: number, response: ResponseMessage]
  /** A part of the answer's body. `end` or `error` follows the last one. */
  | ['chunk', id: number, bytes: ArrayBuffer]
  | ['end', id: number]
  /** Asks for the next part of the request's body. */
  | ['pull', id: number]
  /** Reports a failure. `body` gives back the bytes that were transferred with the request. */
  | ['error', id: number, code: string, reason?: string | undefined, body?: ArrayBuffer | undefined]
  | ['pong']
  /** Another tab reports a sign-in or a sign-out. The report may be a lie, so it is only a reason to ask the server. */
  | ['tab_event', event: TabEvent];

/** Everything that tabs tell one another. */
export type TabEvent = 'signed_in' | 'signed_out';

/** A session as the vault reports it: a token's claims, which open nothing without their signature. */
export interface SessionMessage {
  claims: Record<string, unknown>;
}

/** A request of the page. The vault ignores everything else that a message holds. */
export type RequestMessage = [
  url: string,
  method: string,
  headers: HeaderLines,
  body: BodyMessage,
  /** The page's address, or the referrer that the page has set. */
  referrer: string,
  /** Whether the page may abort the request. */
  abortable: boolean,
  /** `null` if all options have their defaults. */
  options: RequestOptions | null,
];

/** The options of a request, as `Request` has them. */
export interface RequestOptions {
  cache: RequestCache;
  credentials: RequestCredentials;
  integrity: string;
  keepalive: boolean;
  mode: RequestMode;
  redirect: RequestRedirect;
  referrerPolicy: ReferrerPolicy;
}

/** The body of a request. `stream` says that it follows in parts. A form is sent as its entries, files with their names. */
export type BodyMessage = null | string | ArrayBuffer | Blob | 'stream' | [name: string, value: FormDataEntryValue][];

/** A response, as it crosses from the vault to the page. */
export type ResponseMessage = [
  status: number,
  statusText: string,
  url: string,
  type: ResponseType,
  headers: HeaderLines,
  /** The whole body, or `null`, or `stream` if the body follows in chunks. */
  body: ArrayBuffer | null | 'stream',
];

/** The bytes of a body that may be under way or wait to be read. */
export const WINDOW = 1_048_576;
/** A body with a declared length of at most this many bytes is sent in one message with its headers. */
export const WHOLE = 65_536;
/** A body of at most this many bytes is copied, because a transfer would cost more. */
export const COPIED = 4_096;
