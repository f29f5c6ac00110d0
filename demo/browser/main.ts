/** The page: code changes while the world goes on. */
import { Page } from "./page.ts";

const text = (file: string) => fetch(file).then((answer) => answer.text());
const bytes = (file: string) =>
  fetch(file).then(async (answer) => new Uint8Array(await answer.arrayBuffer()));

const [source, first] = await Promise.all([text("garden.txt"), bytes("generation-1.wasm")]);
const page = new Page(source, bytes("generation-2.wasm"));
Object.assign(globalThis, { page });
await page.begin(first);

if ("serviceWorker" in navigator && isSecureContext)
  navigator.serviceWorker.register(new URL("service-worker.js", location.href)).catch(() => {});
