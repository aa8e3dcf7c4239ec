/** All that is said about one request, from the question to the last byte of the answer. */
import { authError, isAuthError } from '../error.ts';
import type { Connection, FromVaultTo } from '../connection.ts';
import { Incoming } from './incoming.ts';
import type { Outgoing } from './outgoing.ts';
import { deserializeResponse } from './response.ts';

/** Has the vault send the request. Rejects as `fetch` does, with the reason of an abort, or with an {@link AuthError}. */
export function exchange(connection: Connection, outgoing: Outgoing): Promise<Response> {
  return new Promise((resolve, reject) => {
    const { signal } = outgoing;
    signal?.throwIfAborted();
    const upload = outgoing.stream?.getReader();
    let incoming: Incoming | undefined;
    const over = () => {
      connection.leave(id);
      if (signal) signal.onabort = null;
    };
    const fail = (error: unknown) => {
      over();
      const told = asFetchWould(error, outgoing);
      upload?.cancel(told).catch(() => {});
      incoming?.fail(told);
      reject(told);
    };
    const cancel = () => {
      over();
      connection.send(['abort', id]);
    };
    const hear = (message: FromVaultTo) => {
      switch (message[0]) {
        case 'response': {
          const response = message[2];
          if (response[5] !== 'stream') {
            over();
            return resolve(deserializeResponse(response));
          }
          const [opened, stream] = Incoming.open((bytes) => connection.send(['more', id, bytes]), cancel);
          incoming = opened;
          return resolve(deserializeResponse(response, stream));
        }
        case 'chunk':
          return incoming?.chunk(message[2]);
        case 'pull':
          return void upload
            ?.read()
            .then(({ done, value }) => {
              const bytes = done ? null : (value.slice().buffer as ArrayBuffer);
              connection.send(['part', id, bytes], bytes);
            })
            .catch(() => connection.send(['part', id]));
        case 'end':
          over();
          return incoming?.end();
        case 'error':
          // The bytes come back, for it may be sent once more.
          if (message[4]) outgoing.message[3] = message[4];
          return fail(authError(message[2], message[3]));
      }
    };
    const id = connection.join({ hear, fail });
    if (signal) signal.onabort = () => (cancel(), fail(signal.reason));
    connection.send(['fetch', id, outgoing.message], outgoing.message[3]);
  });
}

/** What the network does is told as the browser tells it. */
function asFetchWould(error: unknown, { request }: Outgoing): unknown {
  const isPlatforms = isAuthError(error, 'network') || (request.redirect === 'error' && isAuthError(error, 'redirect_blocked'));
  return isPlatforms ? new TypeError('Failed to fetch', { cause: error }) : error;
}
