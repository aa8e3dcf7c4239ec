/** A client whose token is in a worker that answers every script. */
export async function start() {
  const worker = new Worker('/worker.js');
  const waiting = new Map();
  worker.onmessage = ({ data: { id, status, body } }) => waiting.get(id)?.({ status, body });
  let last = 0;
  const ask = (message) => {
    const id = last++;
    worker.postMessage({ ...message, id });
    return new Promise((resolve) => waiting.set(id, resolve));
  };
  await ask({ op: 'start' });
  return async (path, init) => {
    const { status, body } = await ask({ op: 'send', path, init });
    return new Response(body, { status });
  };
}
