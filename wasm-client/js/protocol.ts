/** Every message that can pass between the page and the vault. No kind carries a token, because none exists. */

export type ToVault =
  | { kind: 'start'; restore: boolean }
  | { kind: 'sign-in'; id: number; credentials: string }
  | { kind: 'sign-out'; id: number }
  | { kind: 'fetch'; id: number; request: RequestMessage }
  | { kind: 'abort'; id: number };

export type FromVault =
  | { kind: 'ready'; session: SessionMessage | null }
  | { kind: 'failed'; code: string }
  | { kind: 'done'; id: number; session: SessionMessage | null }
  | { kind: 'response'; id: number; response: ResponseMessage }
  | { kind: 'error'; id: number; code: string };

/** A token's claims and its remaining life in seconds. Without the signature, claims open nothing. */
export interface SessionMessage {
  claims: Record<string, unknown>;
  expiresIn: number;
}

export interface RequestMessage {
  url: string;
  method: string;
  headers: [name: string, value: string][];
  body: ArrayBuffer | null;
  cache: RequestCache;
}

export interface ResponseMessage {
  url: string;
  type: ResponseType;
  status: number;
  statusText: string;
  headers: [name: string, value: string][];
  body: ArrayBuffer | null;
}
