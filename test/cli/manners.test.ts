import { expect, it } from "vitest";
import { Failure } from "../../host/cli/failure.ts";
import type { Verb } from "../../host/cli/verb.ts";
import { command } from "./command.ts";

/** A verb that ends as it is told. */
const end: Verb = (program, run) => {
  program
    .command("end")
    .argument("<how>")
    .action(
      run(async (terminal, how: string) => {
        terminal.say("ending");
        if (how === "well") terminal.print(terminal.style("green", "done"));
        if (how === "json") terminal.printJson({ big: 2n ** 60n, small: 2n });
        if (how === "refused") throw new Failure("could not end: it is a test", { hint: "try\nagain" });
        if (how === "broken") throw new TypeError("a \x1b[2Jbug");
        if (how === "red") return 1;
        return undefined;
      }),
    );
};
const verbs = [end];

it("exits with 0 and prints results to standard output alone", async () => {
  expect(await command(["end", "well"], { verbs })).toEqual({ exit: 0, out: "done\n", err: "ending\n" });
});

it("says nothing about its work when quiet, wherever the option stands", async () => {
  const quiet = { exit: 0, out: "done\n", err: "" };
  expect(await command(["end", "well", "--quiet"], { verbs })).toEqual(quiet);
  expect(await command(["--quiet", "end", "well"], { verbs })).toEqual(quiet);
});

it("colours on a terminal, and not with NO_COLOR", async () => {
  expect((await command(["end", "well"], { verbs, tty: true })).out).toBe("\x1b[32mdone\x1b[39m\n");
  expect((await command(["end", "well"], { verbs, tty: true, env: { NO_COLOR: "1" } })).out).toBe("done\n");
});

it("exits as a verb says", async () => {
  expect((await command(["end", "red"], { verbs })).exit).toBe(1);
});

it("tells a refusal with its hint, and no stack trace", async () => {
  expect(await command(["end", "refused"], { verbs })).toEqual({
    exit: 1,
    out: "",
    err: "ending\nerror: could not end: it is a test\nhint: try\nagain\n",
  });
});

it("calls its own bug a bug, and shows no raw control characters", async () => {
  expect(await command(["end", "broken"], { verbs })).toEqual({
    exit: 1,
    out: "",
    err:
      "ending\nerror: moult failed, by a fault of its own: a \\x1b[2Jbug\n" +
      "hint: --verbose shows where; please report it\n",
  });
});

it("shows the stack trace when it is verbose", async () => {
  const { err } = await command(["end", "broken", "--verbose"], { verbs });
  expect(err).toMatch(/\n {4}at .*manners\.test\.ts/);
});

it("exits with 2 on words that it does not know, and suggests one that it does", async () => {
  expect(await command(["ent"], { verbs })).toEqual({
    exit: 2,
    out: "",
    err: "error: unknown command 'ent'\n(Did you mean end?)\n",
  });
  expect((await command(["end", "well", "--loud"], { verbs })).exit).toBe(2);
  expect((await command(["end"], { verbs })).exit).toBe(2);
});

it("exits with 130 when it is interrupted", async () => {
  const signal = AbortSignal.abort();
  expect(await command(["end", "refused"], { verbs, signal })).toEqual({
    exit: 130,
    out: "",
    err: "ending\ninterrupted\n",
  });
});

it("prints its version", async () => {
  expect(await command(["--version"], { verbs })).toEqual({ exit: 0, out: "9.9.9\n", err: "" });
});

it("prints 64-bit integers as numbers where they are exact, else as text", async () => {
  const { out } = await command(["end", "json", "--json"], { verbs });
  expect(JSON.parse(out)).toEqual({ big: "1152921504606846976", small: 2 });
});
