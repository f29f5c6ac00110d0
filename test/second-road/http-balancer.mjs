// Takes turns among the replicas that say that they are ready: http-balancer.mjs PORT REPLICA-PORT…
import { Agent, createServer, get, request as send } from "node:http";

const [port, ...ports] = process.argv.slice(2).map(Number);
const agent = new Agent({ keepAlive: true, timeout: 30_000 });
const replicas = ports.map((port) => ({ port, ready: false }));
let turn = 0;

const look = (replica) => {
  const asked = get({ port: replica.port, host: "127.0.0.1", path: "/ready", timeout: 1_000 }, (answer) => {
    replica.ready = answer.statusCode === 200;
    answer.resume();
  });
  asked.on("timeout", () => asked.destroy());
  asked.on("error", () => {
    replica.ready = false;
  });
  asked.on("close", () => setTimeout(look, 100, replica));
};
for (const replica of replicas) look(replica);

createServer((request, response) => {
  const pieces = [];
  request.on("data", (piece) => pieces.push(piece));
  request.on("end", () => forward(request, Buffer.concat(pieces), response, new Set()));
}).listen(port, "127.0.0.1", () => console.log("ready"));

function forward(request, body, response, tried) {
  const ready = replicas.filter((each) => each.ready && !tried.has(each));
  if (ready.length === 0) return response.writeHead(503).end();
  const replica = ready[turn++ % ready.length];
  tried.add(replica);
  const { method, url } = request;
  const headers = { "Content-Type": request.headers["content-type"], "Content-Length": body.length };
  const sent = send(
    { port: replica.port, host: "127.0.0.1", method, path: url, headers, agent },
    (answer) => {
      response.writeHead(answer.statusCode, {
        "Content-Type": answer.headers["content-type"] ?? "text/plain",
      });
      answer.pipe(response);
    },
  );
  sent.on("error", (error) => {
    // Where nobody listens nothing ran; what broke off may have been counted, and is not sent again.
    if (error.code === "ECONNREFUSED") forward(request, body, response, tried);
    else response.headersSent ? response.destroy() : response.writeHead(502).end();
  });
  sent.end(body);
}
