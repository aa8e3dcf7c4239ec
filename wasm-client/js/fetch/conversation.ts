/** All that is said about one request, from the question to the last byte of the answer. */
import { authError, AuthError, isAuthError } from '../error.ts';
import type { Connection, FromVaultTo } from '../connection.ts';
import { Incoming } from './incoming.ts';
import type { Outgoing } from './outgoing.ts';
import { putTogether } from './response.ts';

/** Has the vault send the request. Rejects as `fetch` does, with the reason of an abort, or with an {@link AuthError}. */
export async function converse(connection: Connection, outgoing: Outgoing): Promise<Response> {
  await connection.ready;
  const { signal } = outgoing.request;
  signal.throwIfAborted();
  return new Promise((resolve, reject) => {
    let incoming: Incoming | undefined;
    const fail = (error: unknown) => (incoming ? incoming.fail(asFetchWould(error, outgoing)) : reject(asFetchWould(error, outgoing)));
    const over = () => {
      connection.leave(id);
      if (outgoing.isAbortable) signal.removeEventListener('abort', abort);
    };
    const cancel = () => {
      over();
      connection.send(['abort', id]);
    };
    const abort = () => {
      cancel();
      if (incoming) incoming.fail(signal.reason);
      else reject(signal.reason);
    };
    const upload = outgoing.stream && parts(outgoing.stream);
    const hear = (message: FromVaultTo) => {
      switch (message[0]) {
        case 'response': {
          const response = message[2];
          if (response[5] !== 'stream') {
            over();
            return resolve(putTogether(response));
          }
          const [opened, stream] = Incoming.open((bytes) => connection.send(['more', id, bytes]), cancel);
          incoming = opened;
          return resolve(putTogether(response, stream));
        }
        case 'chunk':
          return incoming?.chunk(message[2]);
        case 'pull':
          return void upload?.().then(
            (bytes) => connection.send(['part', id, bytes], bytes ? [bytes] : []),
            () => connection.send(['part', id]),
          );
        case 'end':
          over();
          return incoming?.end();
        case 'broken':
          over();
          return fail(new AuthError('network'));
        case 'error':
          over();
          return fail(authError(message[2], message[3]));
      }
    };
    const id = connection.join({ hear, fail });
    if (outgoing.isAbortable) signal.addEventListener('abort', abort);
    const [message, transfer] = outgoing.message();
    connection.send(['fetch', id, message], transfer);
  });
}

/** What the network does is told as the browser tells it. */
function asFetchWould(error: unknown, { request }: Outgoing): unknown {
  const isPlatforms = isAuthError(error, 'network') || (request.redirect === 'error' && isAuthError(error, 'redirect_blocked'));
  return isPlatforms ? new TypeError('Failed to fetch', { cause: error }) : error;
}

/** Reads the caller's stream part by part, each in a buffer of its own; `null` is the end. */
function parts(stream: ReadableStream<Uint8Array>): () => Promise<ArrayBuffer | null> {
  const reader = stream.getReader();
  return async () => {
    const { done, value } = await reader.read();
    return done ? null : (value.slice().buffer as ArrayBuffer);
  };
}
