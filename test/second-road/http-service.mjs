// A count for each key, over HTTP and JSON: http-service.mjs PORT VERSION
import { createServer } from "node:http";

const [port, version] = process.argv.slice(2).map(Number);
const counts = new Map();
let ready = true;

const server = createServer(async (request, response) => {
  if (request.url === "/ready") return response.writeHead(ready ? 200 : 503).end();
  try {
    let text = "";
    for await (const piece of request) text += piece;
    const { key } = JSON.parse(text);
    if (typeof key !== "string") return response.writeHead(400).end();
    const count = (counts.get(key) ?? 0) + 1;
    counts.set(key, count);
    response.writeHead(200, {
      "Content-Type": "application/json",
      // Who still has a connection is told not to use it again.
      ...(!ready && { Connection: "close" }),
    });
    response.end(JSON.stringify({ version, count }));
  } catch {
    response.writeHead(400).end();
  }
});
// Longer than the balancer keeps a connection, so that none is closed while a request is on its way.
server.keepAliveTimeout = 65_000;
server.listen(port, "127.0.0.1", () => console.log("ready"));

process.once("SIGTERM", () => {
  // The balancer asks every 100 ms, and sends no more from then on.
  ready = false;
  setTimeout(() => {
    server.close(() => process.exit());
    server.closeIdleConnections();
  }, 500);
});
