/** Servers in processes of their own, and the usual ways to call them. */
import { fork } from "node:child_process";
import { Agent, request } from "node:http";
import type { Kind } from "../far-server.ts";
import { BENCH } from "../folder.ts";

/** Starts one, which ends with this process. @returns its URL */
export function farServer(kind: Kind, guests: string, nats = ""): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = fork(`${BENCH}dist/far-server.js`, [kind, guests, nats], {
      stdio: ["ignore", "ignore", "inherit", "ipc"],
    });
    child.once("message", ({ url }: { url: string }) => resolve(url));
    child.once("exit", (code) => reject(new Error(`the server ${kind} ended with ${code}`)));
  });
}

export type Post = (path: string, type: string, body: string | Buffer) => Promise<Buffer>;

/** `node:http` with connections that are kept. */
export function nodePost(url: string, connections: number): Post {
  const { hostname, port } = new URL(url);
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  return (path, type, body) =>
    new Promise((resolve, reject) => {
      const headers = { "Content-Type": type, "Content-Length": Buffer.byteLength(body) };
      const sent = request({ hostname, port, path, method: "POST", headers, agent }, (response) => {
        const pieces: Buffer[] = [];
        response.on("data", (piece: Buffer) => pieces.push(piece));
        response.on("end", () => resolve(pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces)));
        response.on("error", reject);
      });
      sent.on("error", reject);
      sent.end(body);
    });
}

/** A pool of undici's. */
export async function undiciPost(url: string, connections: number): Promise<Post> {
  const { Pool } = await import("undici");
  const pool = new Pool(url, { connections });
  return async (path, type, body) => {
    const headers = { "Content-Type": type };
    const { body: answer } = await pool.request({ path, method: "POST", headers, body });
    return Buffer.from(await answer.arrayBuffer());
  };
}
