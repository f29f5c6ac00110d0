/** What engines are asked to do that have files, besides what all are asked to. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, open, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { load } from "moult";
import { directoryStore, fileSource } from "moult/node";
import { Ledger, refused, same, withPlugin } from "./list.js";

async function inFolder(work) {
  const folder = await mkdtemp(join(tmpdir(), "moult engines # "));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, maxRetries: 10, retryDelay: 50 });
  }
}

/** Its output goes to a file, as Node for Windows opens no pipe under Wine. @returns what it printed */
async function typed(cwd, args) {
  const path = join(cwd, "printed.txt");
  const file = await open(path, "w");
  const cli = fileURLToPath(new URL("node_modules/moult/dist/bundle/cli.js", import.meta.url));
  const run = process.versions.deno ? ["run", "--allow-all", cli] : [cli];
  const env = { ...process.env, NO_COLOR: "1" };
  const child = spawn(process.execPath, [...run, ...args], { cwd, env, stdio: ["ignore", file.fd, file.fd] });
  const [code] = await once(child, "exit");
  await file.close();
  const text = await readFile(path, "utf8");
  if (code !== 0) throw new Error(`moult ${args.join(" ")} ended with ${code}: ${text.slice(0, 400)}`);
  return text;
}

export const FEATURES = [
  {
    id: "store",
    title: "a directory as a store: opened again, locked, checkpoints, swaps",
    run: ({ read }) =>
      inFolder(async (folder) => {
        const store = () => directoryStore(join(folder, "ledger"));
        await withPlugin(Ledger, await read("first"), { store: store() }, async (plugin) => {
          await plugin.call.add("a", 2);
          await plugin.swap(await read("second"));
          await plugin.call.add("b", 3);
          same(
            await refused(load(Ledger, await read("second"), { store: store() })),
            "store-locked",
            "a second owner",
          );
        });
        const again = { store: store(), checkpoint: { calls: 2 } };
        await withPlugin(Ledger, await read("second"), again, async (plugin) => {
          same([await plugin.call.total(), await plugin.call.names()], [5, ["a", "b"]], "opened again");
          for (let i = 0; i < 5; i++) await plugin.call.add("c", 1);
        });
        await withPlugin(Ledger, await read("second"), { store: store() }, async (plugin) => {
          same(await plugin.call.total(), 10, "after checkpoints");
        });
      }),
  },
  {
    id: "watch",
    title: "`watch`: a built file is swapped in as it is replaced, and its folder too",
    run: ({ read }) =>
      inFolder(async (folder) => {
        const { watch } = await import("moult/dev");
        const dist = join(folder, "dist");
        const put = async (name) => {
          await mkdir(dist, { recursive: true });
          await writeFile(join(dist, "p.tmp"), await read(name));
          await rename(join(dist, "p.tmp"), join(dist, "p.wasm"));
        };
        await put("first");
        await withPlugin(Ledger, watch(fileSource(join(dist, "p.wasm"))), {}, async (plugin) => {
          await plugin.call.add("a", 2);
          const swapped = new Promise((resolve) => plugin.on("transition", resolve));
          await rm(dist, { recursive: true, maxRetries: 10, retryDelay: 50 });
          await put("second");
          await swapped;
          same([plugin.version, await plugin.call.total()], ["2.0.0", 2], "after");
        });
      }),
  },
  {
    id: "build",
    title: "a plugin is compiled from its source",
    slow: true,
    run: ({ sources }) =>
      inFolder(async (folder) => {
        const { build } = await import("moult/transform");
        await mkdir(join(folder, "plugin"));
        for (const name of ["first.ts", "package.json"])
          await writeFile(join(folder, "plugin", name), await readFile(join(sources, name)));
        const { wasm } = await build(join(folder, "plugin", "first.ts"), { optimize: "debug" });
        await withPlugin(Ledger, wasm, {}, async (plugin) => same(await plugin.call.add("a", 1), 1, "a sum"));
      }),
  },
  {
    id: "command-line",
    title: "the command line: `moult new`, `build`, `inspect`, `check`",
    slow: true,
    async run({ here }) {
      const folder = await mkdtemp(join(here, "commands "));
      try {
        await typed(folder, ["new", "visits"]);
        const visits = join(folder, "visits");
        await typed(visits, ["build"]);
        same(
          /visits 1\.0\.0/.test(await typed(visits, ["inspect", "build/visits.wasm"])),
          true,
          "what it is",
        );
        const checked = await typed(visits, ["check", ".", "--from", "build/visits.wasm"]);
        same(/ok: nothing speaks against it/.test(checked), true, "the check");
      } finally {
        await rm(folder, { recursive: true, maxRetries: 10, retryDelay: 50 });
      }
    },
  },
  {
    id: "guest-stack",
    title: "the author's own line of a trap",
    async run({ read, map }) {
      const { guestStack } = await import("moult/dev");
      await withPlugin(Ledger, await read("second"), {}, async (plugin) => {
        const error = await plugin.call.trap().catch((thrown) => thrown);
        const [frame] = guestStack(error, await map("second"));
        if (!frame) throw Object.assign(new Error("no frame"), { code: "no-place" });
        same([frame.file, frame.name], ["second.ts", "trap"], "the first frame");
      });
    },
  },
];
