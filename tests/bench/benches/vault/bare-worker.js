/** No vault: only what there is between a page and the network when a worker stands there. */
onmessage = async ({ data: [id, url, authorization] }) => {
  const response = await fetch(url, { headers: { authorization } });
  postMessage([id, await response.arrayBuffer()]);
};
