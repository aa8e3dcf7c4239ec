/** The same requests by `auth.fetch` and by `fetch` with a bearer token, in turns. */

const BIG = 10_000_000;
const bytes = new Uint8Array(BIG).fill(120);
const blob = new Blob([bytes]);

const small = { ways: ['raw', 'uncached', 'bare', 'vault'], times: 20, lanes: 1, rounds: 100, run: async (send) => (await (await send('/small')).json()).name === 'Ann Author' };
const big = { ways: ['raw', 'vault'], times: 1, lanes: 1, rounds: 40 };
const upload = (body) => async (send) => Number(await (await send('/up', { method: 'POST', body })).text()) === BIG;

/** What is measured: a block is so many `times`, spread over so many `lanes`. */
const WORK = {
  small,
  smallInSix: { ...small, times: 60, lanes: 6, rounds: 40 },
  download: { ...big, run: async (send) => (await (await send('/big')).arrayBuffer()).byteLength === BIG },
  downloadByReader: { ...big, run: async (send) => (await readAll(await send('/big'))) === BIG },
  uploadBytes: { ...big, run: upload(bytes) },
  uploadBlob: { ...big, run: upload(blob) },
};

/** Of every work, rounds of blocks, one of each way: how long they took, and each request in them, in milliseconds. */
export async function measure(auth) {
  const authorization = `Bearer ${await (await fetch('/token')).text()}`;
  const ways = {
    raw: (path, init) => fetch(`/raw${path}`, { ...init, headers: { authorization } }),
    uncached: (path) => fetch(`/raw${path}`, { cache: 'no-store', headers: { authorization } }),
    bare: bareWorker(authorization),
    vault: (path, init) => auth.fetch(`/api${path}`, init),
  };
  const results = {};
  for (const [name, work] of Object.entries(WORK)) {
    const warmUp = work.rounds / 10;
    const rounds = [];
    let order;
    for (let n = 0; n < warmUp + work.rounds; n++) {
      // By lot, and then the other way round, so that none is favoured by what another leaves behind.
      order = n % 2 ? order.toReversed() : byLot(work.ways);
      const round = {};
      for (const way of order) round[way] = await block(ways[way], work);
      if (n >= warmUp) rounds.push(round);
    }
    results[name] = rounds;
  }
  return results;
}

/** The least that any worker costs: it asks, and hands over what it got, and the page makes an answer of that. */
function bareWorker(authorization) {
  const worker = new Worker('/bare-worker.js');
  const waiting = new Map();
  let last = 0;
  worker.onmessage = ({ data: [id, body] }) => {
    waiting.get(id)(new Response(body));
    waiting.delete(id);
  };
  return (path) =>
    new Promise((resolve) => {
      waiting.set(++last, resolve);
      worker.postMessage([last, `/raw${path}`, authorization]);
    });
}

function byLot(ways) {
  return ways.map((way) => [Math.random(), way]).sort(([one], [other]) => one - other).map(([, way]) => way);
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
