/** Searches the memory of a realm for a text, through Chromium's debugger. */

/** Returns how often `needle` occurs in the WebAssembly memories of a realm, and how many memories there are. */
export async function countInWasmMemory(client, needle) {
  await client.send('HeapProfiler.collectGarbage');
  const { result } = await client.send('Runtime.evaluate', { expression: 'WebAssembly.Memory.prototype' });
  const { objects } = await client.send('Runtime.queryObjects', { prototypeObjectId: result.objectId });
  const counted = await client.send('Runtime.callFunctionOn', {
    objectId: objects.objectId,
    returnByValue: true,
    arguments: [{ value: needle }],
    functionDeclaration: `function (needle) {
      const first = needle.charCodeAt(0);
      let count = 0;
      for (const memory of this) {
        const bytes = new Uint8Array(memory.buffer);
        for (let at = bytes.indexOf(first); at >= 0; at = bytes.indexOf(first, at + 1)) {
          let length = 1;
          while (length < needle.length && bytes[at + length] === needle.charCodeAt(length)) length++;
          if (length === needle.length) count++;
        }
      }
      return { count, memories: this.length };
    }`,
  });
  return counted.result.value;
}

/** Returns whether `needle` is part of a string on the realm's JavaScript heap. */
export async function isOnTheHeap(client, needle) {
  let snapshot = '';
  const collect = ({ chunk }) => (snapshot += chunk);
  client.on('HeapProfiler.addHeapSnapshotChunk', collect);
  await client.send('HeapProfiler.takeHeapSnapshot', { reportProgress: false });
  client.off('HeapProfiler.addHeapSnapshotChunk', collect);
  return snapshot.includes(needle);
}
