import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { afterEach, describe, expect, it } from "vitest";
import { lock } from "../../host/node/lock.ts";
import { ask, listen, socketName } from "../../host/node/lock-socket.ts";
import { type System, system } from "../../host/node/system.ts";
import { folder } from "../durable/folder.ts";

const TOKEN = "0123456789abcdef";
const HOLDER = { pid: 7, token: TOKEN, host: "web", boot: "boot 1", namespace: "pid:[5]", started: "100" };
const REMOVE = "; if that is gone for good, remove the file LOCK";
const UNTOLD = ": whether it still runs cannot be told";

/** A process with the number 9 beside one with the number 7, in a container whose disk is local. */
function container(other: Partial<System> = {}): System {
  return {
    pid: 9,
    platform: "linux",
    sharesFiles: true,
    host: () => "web",
    boot: () => "boot 1",
    namespace: () => "pid:[5]",
    started: (pid) => (pid === 7 ? "100" : "900"),
    exists: (pid) => pid === 7,
    mayAsk: () => true,
    isLocal: () => true,
    ...other,
  };
}

const nothing = () => undefined;
/** `/proc` may not be read, as in a sandbox. */
const blind: Partial<System> = { boot: nothing, namespace: nothing, started: nothing };
/** macOS, Windows: no boot, no namespaces, no beginnings of processes. */
const elsewhere: Partial<System> = { ...blind, platform: "darwin", isLocal: () => false };

/** @param socket how the holder's answers; without one it has none */
async function taken(holder: object | string, own: System, socket?: "listens" | "refused") {
  const path = folder();
  const text =
    typeof holder === "string" ? holder : JSON.stringify({ ...holder, socket: socket !== undefined });
  writeFileSync(join(path, "LOCK"), text);
  const open = socket && (await listen(path, TOKEN));
  if (socket === "refused") leaveSocket(path);
  try {
    const taken = await lock(path, own);
    expect(JSON.parse(readFileSync(join(path, "LOCK"), "utf8")).pid).toBe(own.pid);
    taken.release();
    return "taken over";
  } catch (error) {
    expect(readFileSync(join(path, "LOCK"), "utf8")).toBe(text);
    const { code, message } = error as { readonly code: string; readonly message: string };
    expect(code).toBe("store-locked");
    return message.replace(`[store-locked] could not open the directory ${path}: `, "");
  } finally {
    open?.close();
    expect(readdirSync(path).filter((name) => name.includes("takeover") || name.endsWith(".gone"))).toEqual(
      [],
    );
  }
}

/** A socket whose process is gone: nothing listens on it. On Windows nothing is left of one. */
function leaveSocket(path: string): void {
  if (process.platform === "win32") return;
  const name = join(path, socketName(TOKEN));
  const program = `require("net").createServer().listen(${JSON.stringify(name)}, () => process.reallyExit(0))`;
  rmSync(name, { force: true });
  spawnSync(process.execPath, ["-e", program]);
  expect(existsSync(name)).toBe(true);
}

describe("a lock whose holder", () => {
  const has = "process 7 on web has it";
  const rows: readonly (readonly [string, string, Readonly<Parameters<typeof taken>>])[] = [
    ["listens on its socket", has + REMOVE, [HOLDER, container(), "listens"]],
    [
      "listens, in another container",
      has + REMOVE,
      [{ ...HOLDER, namespace: "pid:[6]" }, container(), "listens"],
    ],
    [
      "listens, where nothing else can be told",
      `process 7 has it${REMOVE}`,
      [{ pid: 7, token: TOKEN }, container({ ...blind, host: nothing }), "listens"],
    ],
    ["left a socket, and its number has another", "taken over", [HOLDER, container(), "refused"]],
    [
      "left a socket in another container of this boot",
      "taken over",
      [{ ...HOLDER, namespace: "pid:[6]" }, container(), "refused"],
    ],
    ["runs, with its number and its beginning", has + REMOVE, [HOLDER, container()]],
    [
      "runs, and has another folder: this one is a copy, on a local disk",
      "taken over",
      [{ ...HOLDER, inode: "1" }, container()],
    ],
    [
      "runs, where files may have other numbers for others",
      has + REMOVE,
      [{ ...HOLDER, inode: "1" }, container({ isLocal: () => false })],
    ],
    [
      "runs in another kernel, where files may have other numbers",
      `process 7 on db has it, on another machine, or before this one was started${UNTOLD}${REMOVE}`,
      [{ ...HOLDER, inode: "1", boot: "boot 2", host: "db" }, container()],
    ],
    ["has a number that began at another time", "taken over", [{ ...HOLDER, started: "99" }, container()]],
    ["has a number that no process has", "taken over", [{ ...HOLDER, pid: 8 }, container()]],
    [
      "has our number, and began when we did: another thread of ours",
      `process 9 on web has it${REMOVE}`,
      [{ ...HOLDER, pid: 9, started: "900" }, container()],
    ],
    [
      "has our number, and began when we did, and has the lock open no more: a thread that ended",
      "taken over",
      [{ ...HOLDER, pid: 9, started: "900", file: 4_000 }, container()],
    ],
    [
      "has our number, and began when we did, where a thread's files are its own",
      `process 9 on web has it${REMOVE}`,
      [{ ...HOLDER, pid: 9, started: "900", file: 4_000 }, container({ sharesFiles: false })],
    ],
    ["has our number, and began before us", "taken over", [{ ...HOLDER, pid: 9 }, container()]],
    [
      "is in another container without a socket, and our processes have no such number",
      `process 8 on web has it, in another container${UNTOLD}${REMOVE}`,
      [{ ...HOLDER, pid: 8, namespace: "pid:[6]" }, container()],
    ],
    [
      "may not be looked for",
      `${has}, which may not be asked${UNTOLD}${REMOVE}`,
      [HOLDER, container({ exists: nothing })],
    ],
    ["ran before this boot", "taken over", [{ ...HOLDER, boot: "boot 0" }, container()]],
    [
      "is of another boot, on a disk that more than one machine may have",
      `${has}, on another machine, or before this one was started${UNTOLD}${REMOVE}`,
      [{ ...HOLDER, boot: "boot 0" }, container({ isLocal: () => false })],
    ],
    [
      "is of another boot and another host",
      `process 7 on db has it, on another machine, or before this one was started${UNTOLD}${REMOVE}`,
      [{ ...HOLDER, boot: "boot 0", host: "db" }, container(), "refused"],
    ],
    [
      "may read /proc, where we may not",
      `${has}, in a container that cannot be told from this one${UNTOLD}${REMOVE}`,
      [HOLDER, container({ ...blind, isLocal: () => false }), "refused"],
    ],
    [
      "may not read /proc, as we may not, and has a number that no process has",
      "taken over",
      [{ pid: 8, token: TOKEN, host: "web" }, container(blind)],
    ],
    [
      "has a number that a process has, where nothing can be read",
      `process 7 has it${REMOVE}`,
      [{ pid: 7, token: TOKEN }, container({ ...blind, host: nothing })],
    ],
    [
      "has our number, where nothing can be read, and has no such file open",
      "taken over",
      [{ pid: 9, token: TOKEN, file: 4_000 }, container({ ...blind, host: nothing })],
    ],
    [
      "is on another host, and neither tells its boot",
      `process 7 on db has it, on another machine${UNTOLD}${REMOVE}`,
      [{ pid: 7, token: TOKEN, host: "db" }, container(elsewhere), "refused"],
    ],
    [
      "left a socket, on a system without /proc",
      "taken over",
      [{ pid: 7, token: TOKEN, host: "web" }, container(elsewhere), "refused"],
    ],
    [
      "has a number that a process has, on a system without /proc",
      has + REMOVE,
      [{ pid: 7, token: TOKEN, host: "web" }, container(elsewhere)],
    ],
    [
      "has our number, on a system without /proc",
      "taken over",
      [{ pid: 9, token: TOKEN, host: "web" }, container(elsewhere)],
    ],
    ["was cut off by a power cut", "taken over", ['{"pid":7,"tok', container()]],
    ["is not there: the file is empty", "taken over", ["", container()]],
    ...['{"pid":0,"token":"0123456789"}', "{}", "null", '{"pid":7,"token":"../../x"}'].map(
      (text) =>
        [
          `is none that we know: ${text}`,
          "its file LOCK is of another version; if no process has it, remove that file",
          [text, container()],
        ] as const,
    ),
  ];
  it.each(rows)("%s: %s", async (_, wanted, [holder, own, socket]) => {
    expect(await taken(holder, own, socket)).toBe(wanted);
  });

  it("is a copy's, beside one that is held: the copy can be had", async () => {
    const path = folder();
    const held = await lock(path, container({ pid: 7 }));
    const copy = folder();
    cpSync(join(path, "LOCK"), join(copy, "LOCK"));
    (await lock(copy, container())).release();
    await expect(lock(path, container())).rejects.toMatchObject({ code: "store-locked" });
    held.release();
  });

  it("is this process, where nothing else can be told: the file that it has open says so", async () => {
    const path = folder();
    const own = container({ ...blind, pid: process.pid });
    const first = await lock(path, own);
    await expect(lock(path, own)).rejects.toMatchObject({ code: "store-locked" });
    first.release();
    (await lock(path, own)).release();
    expect(readdirSync(path)).toEqual([]);
  });

  it("is asked on its socket also where the folder's path is longer than a socket's may be", async () => {
    const path = join(folder(), "x".repeat(120));
    mkdirSync(path);
    const open = await listen(path, TOKEN);
    expect(await ask(path, TOKEN)).toBe(process.platform === "linux" ? "listens" : "unknown");
    open?.close();
    expect(readdirSync(path)).toEqual([]);
  });

  it("took its turn to take over and was killed in it: the turn is taken over too", async () => {
    const path = folder();
    for (const name of ["LOCK", "LOCK.takeover"]) {
      writeFileSync(join(path, name), JSON.stringify({ ...HOLDER, pid: 8 }));
    }
    writeFileSync(join(path, `LOCK.${TOKEN}`), "left behind");
    (await lock(path, container())).release();
    expect(readdirSync(path)).toEqual([]);
  });
});

it("tells what cannot be told here", async () => {
  const doubts = async (own: System) => {
    const held = await lock(folder(), own);
    held.release();
    return held.doubts;
  };
  expect(await doubts(container())).toEqual([]);
  expect(await doubts(container(elsewhere))).toEqual([]);
  expect(await doubts(container(blind))).toEqual([
    "whether a process in another container or on another machine still has the directory is unknown, as /proc cannot be read: allow reading /proc/sys/kernel/random/boot_id, /proc/self/ns/pid and /proc/<pid>/stat, or give the directory to no other process",
  ]);
  // Where there is a socket, that is asked.
  expect(await doubts(container({ mayAsk: () => false }))).toEqual([]);
  const first = { namespace: () => "pid:[4026531836]", mayAsk: () => false };
  expect(await doubts(container(first))).toEqual([
    "after a kill its file LOCK has to be removed by hand, as no process may be asked whether it runs",
  ]);
});

describe("a lock that is held", () => {
  async function held() {
    const path = folder();
    const own = await lock(path);
    const told = () => {
      try {
        own.check();
        return "held";
      } catch (error) {
        return (error as Error).message;
      }
    };
    return { path, file: join(path, "LOCK"), own, told };
  }

  it("is noticed to be lost: removed, taken, moved with its folder, or gone with it", async () => {
    const removed = await held();
    expect([removed.told(), removed.own.linked]).toEqual(["held", true]);
    rmSync(removed.file);
    expect([removed.told(), removed.own.linked]).toEqual([
      `[store-locked] could not write to the directory ${removed.path}: its file LOCK is gone, so it may be another process's now`,
      false,
    ]);

    const other = await held();
    rmSync(other.file);
    writeFileSync(other.file, JSON.stringify(HOLDER));
    const took = `[store-locked] could not write to the directory ${other.path}: process 7 on web took it, so it may be another process's now`;
    expect(other.told()).toBe(took);
    other.own.release();
    expect(JSON.parse(readFileSync(other.file, "utf8"))).toEqual(HOLDER);

    const moved = await held();
    renameSync(moved.path, `${moved.path}-2`);
    expect(moved.told()).toBe(
      `[store-failed] could not write to the directory ${moved.path}: it was removed or moved`,
    );
    moved.own.release();

    const gone = await held();
    rmSync(gone.path, { recursive: true });
    expect(gone.told()).toMatch(/^\[store-failed\] .*: it was removed or moved$/);
    mkdirSync(gone.path);
    expect(gone.told()).toMatch(/^\[store-locked\] .*: its file LOCK is gone/);
  });

  it("is still held where the same words were written to another file: some systems number files anew", async () => {
    const { file, told } = await held();
    const text = readFileSync(file);
    rmSync(file);
    writeFileSync(file, text);
    expect(told()).toBe("held");
  });
});

describe("real processes", () => {
  const CHILD = fileURLToPath(new URL("lock-child.mjs", import.meta.url));
  const SOURCES = new URL("../sources.mjs", import.meta.url).href;
  const children: ChildProcess[] = [];
  afterEach(() => {
    for (const child of children.splice(0)) child.kill("SIGKILL");
  });

  /** @param around what runs it: `unshare`, for a namespace of its own */
  async function run(path: string, around: readonly string[] = [], how: "kill" | "exit" | "done" = "kill") {
    const { VITEST, ...env } = process.env;
    const [command, ...args] = [...around, process.execPath, `--import=${SOURCES}`, CHILD, path, how];
    const child = spawn(command!, args, { stdio: ["pipe", "pipe", "inherit"], env });
    children.push(child);
    const said = await new Promise<string>((resolve) =>
      child.stdout.once("data", (data) => resolve(`${data}`)),
    );
    const end = () => {
      const ended = new Promise((resolve) => child.once("exit", resolve));
      child.stdin.end();
      return ended;
    };
    return { said: said.trim(), pid: child.pid, end };
  }

  it("of which one has it: the other is refused, and has it when the first was killed", async () => {
    const path = folder();
    const first = await run(path);
    expect(first.said).toBe(`has it as ${first.pid}`);
    await expect(lock(path)).rejects.toMatchObject({
      code: "store-locked",
      message: expect.stringContaining(`: process ${first.pid} on ${system.host()} has it;`),
    });
    await first.end();
    expect(existsSync(join(path, "LOCK"))).toBe(true);
    (await lock(path)).release();
  });

  it("are more than their threads: a thread's lock is its own, and free when it has ended", async () => {
    const path = folder();
    const thread = new Worker(new URL("lock-thread.mjs", import.meta.url), { workerData: path });
    await new Promise((resolve, reject) => thread.once("message", resolve).once("error", reject));
    await expect(lock(path)).rejects.toMatchObject({ code: "store-locked" });
    await thread.terminate();
    (await lock(path)).release();
  });

  const NAMESPACE = ["unshare", "--pid", "--fork", "--mount-proc", "--kill-child"];
  const may = spawnSync(NAMESPACE[0]!, [...NAMESPACE.slice(1), "true"]).status === 0;

  it.skipIf(!may)(
    "in two containers of one host name (by root, on Linux): what runs is not taken over, what was killed is",
    async () => {
      const path = folder();
      const first = await run(path, NAMESPACE);
      expect(first.said).toBe("has it as 1");
      const second = await run(path, NAMESPACE);
      expect(second.said).toBe(
        `[store-locked] could not open the directory ${path}: process 1 on ${system.host()} has it${REMOVE}`,
      );
      rmSync(join(path, readdirSync(path).find((name) => name.startsWith("LOCK."))!));
      const third = await run(path, NAMESPACE);
      expect(third.said).toBe(
        `[store-locked] could not open the directory ${path}: process 1 on ${system.host()} has it, in another container${UNTOLD}${REMOVE}`,
      );
      await first.end();
    },
  );

  it.skipIf(!may)(
    "that are number 1 in a container again and again (by root, on Linux) come back however they ended",
    async () => {
      const path = folder();
      for (const end of ["kill", "exit", "done", "kill"] as const) {
        const each = await run(path, NAMESPACE, end);
        expect(each.said).toBe("has it as 1");
        await each.end();
      }
      expect(readdirSync(path).length).toBe(2);
      // And without the files that tell more than a number: as on macOS and Windows, with a socket's word alone.
      const script = 'mount -t tmpfs none /proc/sys/kernel/random && exec "$@"';
      const blinded = ["unshare", "--mount", ...NAMESPACE.slice(1), "sh", "-c", script, "sh"];
      const other = folder();
      for (const end of ["kill", "exit", "done", "kill"] as const) {
        const each = await run(other, blinded, end);
        expect(each.said).toBe("has it as 1");
        await each.end();
      }
    },
  );
});

it("asks a socket that is held by something else as the one that it is", async () => {
  const path = folder();
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(join(path, socketName(TOKEN)), resolve));
  expect(await ask(path, TOKEN)).toBe("listens");
  server.close();
  expect(await ask(path, TOKEN)).toBe("unknown");
});
