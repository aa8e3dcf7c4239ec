/** Exchanges the messages about one request, from the question to the last byte of the answer. */
import { authError, isAuthError } from '../error.ts';
import type { Connection, AddressedMessage } from '../connection.ts';
import { IncomingBody } from './response-body.ts';
import type { OutgoingRequest } from './request.ts';
import { deserializeResponse } from './response.ts';

/** Has the vault send the request. Rejects as `fetch` does, with the reason of an abort, or with an `AuthError`. */
export function exchange(connection: Connection, outgoing: OutgoingRequest): Promise<Response> {
  return new Promise((resolve, reject) => {
    const { signal } = outgoing;
    signal?.throwIfAborted();
    const upload = outgoing.stream?.getReader();
    let incoming: IncomingBody | undefined;
    const finish = () => {
      connection.leave(id);
      if (signal) signal.onabort = null;
    };
    const fail = (error: unknown) => {
      finish();
      const reported = asFetchError(error, outgoing);
      upload?.cancel(reported).catch(() => {});
      incoming?.fail(reported);
      reject(reported);
    };
    const cancel = () => {
      finish();
      connection.send(['abort', id]);
    };
    const receive = (message: AddressedMessage) => {
      switch (message[0]) {
        case 'response': {
          const response = message[2];
          if (response[5] !== 'stream') {
            finish();
            return resolve(deserializeResponse(response));
          }
          const [opened, stream] = IncomingBody.open((bytes) => connection.send(['more', id, bytes]), cancel);
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
          finish();
          return incoming?.end();
        case 'error':
          // The vault gives the bytes back, because the request may be sent once more.
          if (message[4]) outgoing.message[3] = message[4];
          return fail(authError(message[2], message[3]));
      }
    };
    const id = connection.join({ receive, fail });
    if (signal) signal.onabort = () => (cancel(), fail(signal.reason));
    connection.send(['fetch', id, outgoing.message], outgoing.message[3]);
  });
}

/** Turns a failure of the network into the error that `fetch` throws. */
function asFetchError(error: unknown, { request }: OutgoingRequest): unknown {
  const isNetworkFailure = isAuthError(error, 'network') || (request.redirect === 'error' && isAuthError(error, 'redirect_blocked'));
  return isNetworkFailure ? new TypeError('Failed to fetch', { cause: error }) : error;
}
