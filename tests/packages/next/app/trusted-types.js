/** Next loads its chunks by naming their URLs, which pages with trusted types let nobody do: nobody else, and no others. */
globalThis.trustedTypes?.createPolicy('default', {
  createScriptURL: (url, _type, sink) => {
    const { origin, pathname } = new URL(url, location.href);
    const isChunk = sink === 'HTMLScriptElement src' && origin === location.origin && pathname.startsWith('/_next/');
    return isChunk ? url : null;
  },
});
