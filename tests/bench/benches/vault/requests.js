/** The same requests by `auth.fetch` and by `fetch` with a bearer token, in turns. */

const BIG = 10_000_000;
const bytes = new Uint8Array(BIG).fill(120);
const blob = new Blob([bytes]);

const small = { times: 20, lanes: 1, pairs: 100, run: async (send) => (await (await send('/small')).json()).name === 'Ann Author' };
const big = { times: 1, lanes: 1, pairs: 40 };
const upload = (body) => async (send) => Number(await (await send('/up', { method: 'POST', body })).text()) === BIG;

/** What is measured: a block is so many `times`, spread over so many `lanes`. */
const WORK = {
  small,
  smallInSix: { ...small, times: 60, lanes: 6, pairs: 40 },
  download: { ...big, run: async (send) => (await (await send('/big')).arrayBuffer()).byteLength === BIG },
  downloadByReader: { ...big, run: async (send) => (await readAll(await send('/big'))) === BIG },
  uploadBytes: { ...big, run: upload(bytes) },
  uploadBlob: { ...big, run: upload(blob) },
};

/** Of every work, pairs of blocks: how long they took, and each request in them, in milliseconds. */
export async function measure(auth) {
  const authorization = `Bearer ${await (await fetch('/token')).text()}`;
  const ways = {
    raw: (path, init) => fetch(`/raw${path}`, { ...init, headers: { authorization } }),
    vault: (path, init) => auth.fetch(`/api${path}`, init),
  };
  const results = {};
  for (const [name, work] of Object.entries(WORK)) {
    const warmUp = work.pairs / 10;
    const pairs = [];
    let order;
    for (let n = 0; n < warmUp + work.pairs; n++) {
      // By lot, and then the other way round, so that neither is favoured by what the other leaves behind.
      order = n % 2 ? order.toReversed() : Math.random() < 0.5 ? ['raw', 'vault'] : ['vault', 'raw'];
      const pair = {};
      for (const way of order) pair[way] = await block(ways[way], work);
      if (n >= warmUp) pairs.push(pair);
    }
    results[name] = pairs;
  }
  return results;
}

async function block(send, { run, times, lanes }) {
  const each = [];
  const lane = async () => {
    for (let n = 0; n < times / lanes; n++) {
      const began = performance.now();
      if (!(await run(send))) throw new Error('it was answered something else');
      each.push(performance.now() - began);
    }
  };
  const began = performance.now();
  await Promise.all(Array.from({ length: lanes }, lane));
  return { took: performance.now() - began, each };
}

async function readAll(response) {
  const reader = response.body.getReader();
  let length = 0;
  for (let part; !(part = await reader.read()).done; ) length += part.value.byteLength;
  return length;
}
