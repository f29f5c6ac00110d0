// A count for each key, over gRPC: grpc-service.mjs PORT VERSION
import { fileURLToPath } from "node:url";
import { loadPackageDefinition, Server, ServerCredentials } from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";

const [port, version] = process.argv.slice(2).map(Number);
const { demo } = loadPackageDefinition(loadSync(fileURLToPath(new URL("counter.proto", import.meta.url))));
const counts = new Map();

const server = new Server();
server.addService(demo.Counter.service, {
  Hit({ request: { key } }, answer) {
    const count = (counts.get(key) ?? 0) + 1;
    counts.set(key, count);
    answer(null, { version, count });
  },
});
server.bindAsync(`127.0.0.1:${port}`, ServerCredentials.createInsecure(), (error) => {
  if (error) throw error;
  console.log("ready");
});

// Clients are told to go away, and the calls under way are answered.
process.once("SIGTERM", () => server.tryShutdown(() => process.exit()));
