/**
 * A program for any engine: guests that never end, in each of their entries, near with fuel and in threads of their
 * own with a deadline. It knows moult by its name alone.
 *
 * Each line says how it ended and which of its calls is there afterwards.
 *
 * @param read the bytes of a module of `modules.ts`
 */
import { contract, load } from "moult";
import * as z from "zod/mini";

const Runaway = contract("test:runaway/runaway@1", {
  arm: { params: [z.uint32()] },
  armed: { params: [], returns: z.uint32() },
  spin: { params: [] },
});
const Odd = contract("test:faults/odd@1", {
  run: { params: [z.string()] },
  say: { params: [], returns: z.string() },
});
const WAYS = {
  near: { limits: { fuel: 1_000_000, hookFuel: 2_000_000 } },
  apart: { isolation: "worker", limits: { deadline: 200, hookDeadline: 400 } },
};

export async function endless(read) {
  const lines = [];
  for (const [way, options] of Object.entries(WAYS)) {
    const say = (entry, ...said) => lines.push(`${way} ${entry}: ${said.join(" ")}`);
    const runaway = await read("runaway");
    const opened = async (place) => {
      const plugin = await load(Runaway, runaway, { ...options, afterTrap: "restart" });
      await plugin.call.arm(place);
      return plugin;
    };
    for (const [place, entry] of ["", "save", "restore", "onRestore", "checkState"].entries()) {
      const plugin = await opened(place);
      const ended = await codeOf(place === 0 ? plugin.call.spin() : plugin.swap(runaway));
      say(entry || "call", ended, await plugin.call.armed());
      await plugin.close();
    }
    const stops = await opened(5);
    const told = new Promise((resolve) =>
      stops.on("error", ({ error }) => resolve(codeOf(Promise.reject(error)))),
    );
    await stops.swap(runaway, { reset: true });
    say("stop", await told, await stops.call.armed());
    await stops.close();
    for (const [entry, name] of [
      ["cabi_realloc", "run"],
      ["cabi_post", "say"],
    ]) {
      const plugin = await load(Odd, await read(entry), options);
      say(entry, await codeOf(plugin.call[name]("hello")));
      await plugin.close();
    }
    for (const entry of ["_initialize", "start"])
      say(entry, await codeOf(load(Odd, await read(entry), options)));
  }
  return lines;
}

/** Its code, and that of what it was because of. */
async function codeOf(work) {
  try {
    await work;
    return "went well";
  } catch (error) {
    const codes = [];
    for (let each = error; each instanceof Error; each = each.cause)
      codes.push(each.code ?? each.constructor.name);
    return codes[0];
  }
}
