{# Where the network is away or slow, an inspector's pages are shown as static/js/field.js kept them. #}addEventListener("install", () => skipWaiting());
addEventListener("activate", event => event.waitUntil(clients.claim()));
addEventListener("fetch", event => {
  if (event.request.method !== "GET") return;
  const asked = fetch(event.request), late = new Promise((_, fail) => setTimeout(fail, 8000));
  event.respondWith(Promise.race([asked, late]).catch(async () => await caches.match(event.request, { ignoreVary: true }) || asked));
});
