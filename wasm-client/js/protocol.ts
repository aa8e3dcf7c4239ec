/**
 * Every message that can pass between the page and the vault. No kind carries a token, because none exists.
 * Messages are arrays, whose cloning costs less than that of objects: the kind, which question it belongs to, the rest.
 */

import type { HeaderLines } from './header-lines.ts';

/** Page and vault must speak the same version: the page may come from an older build than the server. */
export const PROTOCOL = 3;

export type ToVault =
  /** The first message. `subject` is whose session may be taken up; `null` is anybody's. */
  | ['start', version: number, restore: boolean, subject: string | null]
  | ['sign_in', id: number, credentials: string]
  | ['sign_out', id: number, everywhere: boolean]
  /** Does the session live? */
  | ['check', id: number]
  | ['fetch', id: number, request: RequestMessage]
  /** Nobody wants the answer, or the rest of it. */
  | ['abort', id: number]
  /** So many bytes of the answer's body were taken: send as many more. */
  | ['more', id: number, bytes: number]
  /** A part of the request's body; `null` is its end, and nothing at all that it broke off. */
  | ['part', id: number, bytes?: ArrayBuffer | null]
  | ['ping']
  /** The network, or the person, is back. */
  | ['wake'];

export type FromVault =
  /** The module runs; what takes time now is the network. */
  | ['loaded']
  | ['ready', session: SessionMessage | null]
  | ['failed', code: string, reason?: string]
  | ['done', id: number, session: SessionMessage | null]
  | ['response', id: number, response: ResponseMessage]
  /** A part of the answer's body, or its end; if it breaks off, there is an error. */
  | ['chunk', id: number, bytes: ArrayBuffer]
  | ['end', id: number]
  /** The request's body is wanted. */
  | ['pull', id: number]
  /** With the bytes that a request had for a body, and that were handed over with it. */
  | ['error', id: number, code: string, reason?: string | undefined, body?: ArrayBuffer | undefined]
  | ['pong']
  /** Another tab says that this happened. It may be a lie: it is a reason to ask the server, and no more. */
  | ['heard', event: TabEvent];

/** All that tabs tell one another. */
export type TabEvent = 'signed_in' | 'signed_out';

/** A token's claims. Without the signature they open nothing. */
export interface SessionMessage {
  claims: Record<string, unknown>;
}

/** What a page's request may have. Whatever else a message holds is not looked at. */
export type RequestMessage = [
  url: string,
  method: string,
  headers: HeaderLines,
  body: BodyMessage,
  /** The page's address, or what it says instead. */
  referrer: string,
  /** Whether the page may abort it. */
  abortable: boolean,
  /** Nothing, when all is as it is by default. */
  options: RequestOptions | null,
];

export interface RequestOptions {
  cache: RequestCache;
  credentials: RequestCredentials;
  integrity: string;
  keepalive: boolean;
  mode: RequestMode;
  redirect: RequestRedirect;
  referrerPolicy: ReferrerPolicy;
}

/** A body as it crosses; `stream` says that it follows in parts. A form crosses as its entries, files with their names. */
export type BodyMessage = null | string | ArrayBuffer | Blob | 'stream' | [name: string, value: FormDataEntryValue][];

export type ResponseMessage = [
  status: number,
  statusText: string,
  url: string,
  type: ResponseType,
  headers: HeaderLines,
  /** The whole body, or none, or `stream` when it follows in chunks. */
  body: ArrayBuffer | null | 'stream',
];

/** So many bytes of a body may be under way at once, or wait to be read. */
export const WINDOW = 1_048_576;
/** A body that says it is no longer crosses in one message with its head. */
export const WHOLE = 65_536;
/** Up to this many bytes cost less to copy than to hand over. */
export const COPIED = 4_096;
