import { expect, it } from "vitest";
import { patiently } from "../../host/node/patience.ts";

const held = (code: string) => Object.assign(new Error(code), { code });

/** Fails as often as there are errors. */
function failing(errors: readonly Error[], pauses: readonly number[]) {
  const left = [...errors];
  const slept: number[] = [];
  const work = () => {
    const error = left.shift();
    if (error) throw error;
    return "done";
  };
  return { run: () => patiently(work, pauses, (pause) => slept.push(pause)), slept };
}

it("waits for a file that another program holds, and a little longer each time", () => {
  const { run, slept } = failing([held("EPERM"), held("EBUSY"), held("EACCES")], [1, 2, 4, 8]);
  expect([run(), slept]).toEqual(["done", [1, 2, 4]]);
});

it("gives up in the end, with what the system says", () => {
  const { run, slept } = failing([held("EBUSY"), held("EBUSY"), held("EPERM")], [1, 2]);
  expect(run).toThrow("EPERM");
  expect(slept).toEqual([1, 2]);
});

it("does not wait for what waiting does not mend, and nowhere but on Windows", () => {
  const { run, slept } = failing([held("ENOSPC")], [1, 2]);
  expect(run).toThrow("ENOSPC");
  expect(slept).toEqual([]);
  let tries = 0;
  const work = () => {
    tries++;
    throw held("EPERM");
  };
  expect(() => patiently(work, process.platform === "win32" ? [] : undefined)).toThrow("EPERM");
  expect(tries).toBe(1);
});

it("sleeps without a turn of the event loop", () => {
  const errors = [held("EBUSY")];
  const work = () => {
    const error = errors.shift();
    if (error) throw error;
    return "done";
  };
  expect(patiently(work, [1])).toBe("done");
});
