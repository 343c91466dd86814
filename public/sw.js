// Keeps one page for when the server cannot be reached, and nothing else: figures are never stored on the device.
const CACHE = 'offline-1';
const KEPT = ['/offline.html', '/css/tokens.css', '/css/base.css', '/css/components.css'];

self.addEventListener('install', (event) => {
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll(KEPT)));
  self.skipWaiting();
});

self.addEventListener('activate', (event) => {
  event.waitUntil(
    caches
      .keys()
      .then((names) => Promise.all(names.filter((name) => name !== CACHE).map((name) => caches.delete(name))))
      .then(() => self.clients.claim()),
  );
});

self.addEventListener('fetch', (event) => {
  const { request } = event;
  if (request.mode === 'navigate') event.respondWith(fetch(request).catch(() => caches.match('/offline.html')));
  else if (request.destination === 'style') event.respondWith(fetch(request).catch(() => caches.match(request)));
});
