/** Real sandboxes, on the built program: `npm test` builds it. */
import { execFileSync, spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { folder } from "../durable/folder.ts";

const CHILD = fileURLToPath(new URL("sandbox-child.mjs", import.meta.url));
const [major] = process.versions.node.split(".").map(Number);
const FLAG = major! >= 23 ? "--permission" : "--experimental-permission";
const may = spawnSync(process.execPath, [FLAG, "--allow-fs-read=*", "-e", "0"]).status === 0;

it.skipIf(!may)(
  "works with Node's permission model, again and again, and says what it does not promise",
  () => {
    const path = folder();
    const all = process.platform === "win32" ? "\\*" : "/*";
    const args = [FLAG, "--no-warnings", "--allow-fs-read=*", `--allow-fs-write=${path}${all}`, CHILD, path];
    for (const before of [0, 2, 3]) {
      const told = JSON.parse(execFileSync(process.execPath, args, { encoding: "utf8" }));
      expect(told.before).toBe(before);
      expect(told.warnings).toContainEqual(
        expect.stringMatching(
          /^a power cut may lose acknowledged calls, as files cannot be synced here \(.*\)$/,
        ),
      );
    }
  },
);
