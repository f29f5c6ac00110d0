/** Keeps the files of this build: from the second visit on, the page needs no network. */
const NAME = `moult-garden-${"VERSION"}`;
const KEPT = "FILES";

addEventListener("install", (event) => {
  event.waitUntil(caches.open(NAME).then((cache) => cache.addAll(KEPT)));
});

addEventListener("activate", (event) => {
  const others = caches
    .keys()
    .then((names) => names.filter((name) => name.startsWith("moult-garden-") && name !== NAME))
    .then((names) => Promise.all(names.map((name) => caches.delete(name))));
  event.waitUntil(others);
});

addEventListener("fetch", (event) => {
  if (event.request.method !== "GET") return;
  const kept = caches
    .open(NAME)
    .then((cache) => cache.match(event.request, { ignoreSearch: true }))
    .then((found) => found ?? fetch(event.request));
  event.respondWith(kept);
});
