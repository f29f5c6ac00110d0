// Replicas of a service, each a process, replaced one after the other.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

export async function start(file, ...args) {
  const path = fileURLToPath(new URL(file, import.meta.url));
  const child = spawn(process.execPath, [path, ...args.map(String)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  await once(child.stdout, "data");
  return child;
}

export async function stop(child) {
  const ended = once(child, "exit");
  child.kill("SIGTERM");
  await ended;
}

export async function replace(replicas, file, ports, version, settle) {
  for (const [i, port] of ports.entries()) {
    await stop(replicas[i]);
    replicas[i] = await start(file, port, version);
    await settle();
  }
}
