/** What is told of a stop hook that failed, or may not have run. */
import { expect, test } from "vitest";
import { stopError } from "../../../host/guest/guard.ts";
import { HostLost } from "../../../host/host-lost.ts";
import type { ModuleInfo } from "../../../host/module/info.ts";

const counter = { manifest: { name: "counter", version: "1.0.0" } } as ModuleInfo;

test("a hook is accused only where it ran: the server that ran its version may be gone", () => {
  const told = (cause: unknown) => {
    const { code, message } = stopError(counter, cause);
    return [code, message.replace(/^\[.*?\] /, "")];
  };
  expect(told(new Error("no disk"))).toEqual(["failed-stop", "could not stop counter 1.0.0: no disk"]);
  expect(told(new HostLost("http://127.0.0.1:4990/", "does not answer: no server answers there"))).toEqual([
    "unavailable",
    "could not stop counter 1.0.0: http://127.0.0.1:4990/, where it ran, does not answer: no server answers there; its stop hook may not have run",
  ]);
});
