/** A NATS server of a test's own: on this machine, with files in a folder of its own. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { freePort } from "./free-port.ts";

/** Why there is none, where there is none. */
export const ABSENT =
  spawnSync("nats-server", ["--version"]).error === undefined
    ? undefined
    : "nats-server is not installed: apt-get install nats-server";

export interface NatsServer {
  readonly url: string;
  /** As `kill -9` does. */
  kill(): Promise<void>;
  /** The same again, with what it had. */
  start(): Promise<void>;
  /** Ends it, and removes its files. */
  close(): Promise<void>;
}

/** @param more of its configuration: `authorization { token: "…" }` @param hasJetStream whether it keeps anything */
export async function natsServer(more = "", hasJetStream = true): Promise<NatsServer> {
  const folder = mkdtempSync(join(tmpdir(), "moult-nats-"));
  const port = await freePort();
  const configuration = join(folder, "nats.conf");
  const store = !hasJetStream ? "" : `jetstream { store_dir: ${JSON.stringify(join(folder, "store"))} }`;
  writeFileSync(configuration, `listen: "127.0.0.1:${port}"\n${store}\n${more}\n`);
  let child: ChildProcess | undefined;
  const end = () => child?.kill("SIGKILL");
  process.once("exit", end);
  const start = async () => {
    const own = spawn("nats-server", ["-c", configuration], { stdio: ["ignore", "ignore", "pipe"] });
    child = own;
    for await (const line of createInterface({ input: own.stderr })) {
      if (!line.includes("Server is ready")) continue;
      own.stderr.resume();
      return;
    }
    throw new Error("nats-server ended and was not ready");
  };
  const kill = async () => {
    const own = child;
    if (!own || own.exitCode !== null || own.signalCode !== null) return;
    const ended = new Promise((resolve) => own.once("exit", resolve));
    own.kill("SIGKILL");
    await ended;
  };
  await start();
  return {
    url: `nats://127.0.0.1:${port}`,
    start,
    kill,
    close: async () => {
      await kill();
      process.off("exit", end);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Servers that are a cluster with JetStream. Each may be killed, and start again. */
export async function natsCluster(size: number): Promise<readonly NatsServer[]> {
  const ports = await Promise.all(Array.from({ length: size }, freePort));
  const routes = ports.map((port) => `"nats://127.0.0.1:${port}"`).join(", ");
  return Promise.all(
    ports.map((port, i) =>
      natsServer(
        `server_name: "n${i + 1}"\ncluster { name: "test", listen: "127.0.0.1:${port}", routes: [${routes}] }`,
      ),
    ),
  );
}
