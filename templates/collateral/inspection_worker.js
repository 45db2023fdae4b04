{# Where the network is away or slow, an inspector's pages are shown as they were kept. They are kept here, as a page may be left in the middle of it. #}addEventListener("install", () => skipWaiting());
addEventListener("activate", event => event.waitUntil(clients.claim()));
addEventListener("message", event => event.waitUntil(caches.open("stops").then(async shelf => {
  await shelf.addAll(event.data);
  for (const { url } of await shelf.keys()) event.data.includes(url) || shelf.delete(url);
})));
addEventListener("fetch", event => {
  if (event.request.method !== "GET") return;
  const asked = fetch(event.request), late = new Promise((_, fail) => setTimeout(fail, 8000));
  event.respondWith(Promise.race([asked, late]).catch(async () => await caches.match(event.request, { ignoreVary: true }) || asked));
});
