/** Debian's docker-registry, on a free port of this machine and with a folder of its own, until the test file is done. */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";

const PLACES = [process.env.DOCKER_REGISTRY ?? "", "/usr/bin/docker-registry", "/usr/local/bin/registry"];
const program = PLACES.find((path) => path !== "" && existsSync(path));

/** Whether there is one, and how to get it where there is none. */
export const there = program !== undefined;
export const title = there
  ? "docker-registry"
  : "docker-registry (apt-get install docker-registry, or say where it is in DOCKER_REGISTRY)";

export interface DockerRegistry {
  /** `127.0.0.1:41234` */
  readonly host: string;
  /** Ends it, as a power cut would. */
  kill(): Promise<void>;
  /** Begins it again, on the same port and folder. */
  restart(): Promise<void>;
}

/** One user, and the bcrypt hash of the password. */
export const USER = { username: "ada", password: "correct horse" };
const HTPASSWD = "ada:$2y$04$80.5QJ8W9E6ltc3vemp53.vUys9.3zA9y1yfVyF/w2r/SP30NzviW\n";

export interface RegistryOptions {
  /** How users sign in: nobody has to, by a password, or by a token of a server. */
  readonly auth?: "none" | "htpasswd" | Readonly<Record<string, string>>;
  readonly port?: number;
}

/** What is left to end; a hook of vitest's counts only where the file is read, and not in a test or another hook. */
const begun: (() => Promise<void>)[] = [];
afterAll(async () => {
  for (const end of begun.splice(0)) await end();
});

export async function dockerRegistry({ auth = "none" }: RegistryOptions = {}): Promise<DockerRegistry> {
  const folder = await mkdtemp(join(tmpdir(), "moult-registry-"));
  await writeFile(join(folder, "htpasswd"), HTPASSWD);
  let port = 0;
  let child: ReturnType<typeof spawn> | undefined;
  const start = async () => {
    const by =
      auth === "none"
        ? []
        : auth === "htpasswd"
          ? ["auth:", "  htpasswd:", "    realm: test", `    path: ${join(folder, "htpasswd")}`]
          : ["auth:", "  token:", ...Object.entries(auth).map(([key, value]) => `    ${key}: ${value}`)];
    const config = [
      "version: 0.1",
      "log: { level: info, formatter: json }",
      `storage: { filesystem: { rootdirectory: ${join(folder, "data")} } }`,
      `http: { addr: "127.0.0.1:${port}" }`,
      ...by,
    ].join("\n");
    await writeFile(join(folder, "config.yml"), config);
    const own = spawn(program!, ["serve", join(folder, "config.yml")], {
      stdio: ["ignore", "ignore", "pipe"],
    });
    child = own;
    let said = "";
    port = await new Promise<number>((resolve, reject) => {
      own.stderr.setEncoding("utf8").on("data", (text: string) => {
        said += text;
        const found = /listening on 127\.0\.0\.1:(\d+)/.exec(said)?.[1];
        if (found !== undefined) resolve(Number(found));
      });
      own.on("exit", () => reject(new Error(said)));
    });
  };
  const kill = async () => {
    const own = child;
    child = undefined;
    if (!own || own.exitCode !== null) return;
    const gone = new Promise((resolve) => own.once("exit", resolve));
    own.kill("SIGKILL");
    await gone;
  };
  begun.push(async () => {
    await kill();
    await rm(folder, { recursive: true, force: true });
  });
  await start();
  return {
    get host() {
      return `127.0.0.1:${port}`;
    },
    kill,
    restart: start,
  };
}
