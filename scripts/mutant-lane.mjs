/**
 * Runs named tests of the checkout that it stands in, one wish after the other, so that nothing is started or transformed
 * twice: `{ files, pattern, timeout, changed }` comes, `{ results, messages }` goes. `scripts/mutants.mjs` forks one for each copy.
 */
import { join, relative } from "node:path";
import { createVitest } from "vitest/node";

const root = process.cwd();
const vitest = await createVitest("test", {
  root,
  watch: false,
  run: true,
  reporters: [{}],
});

process.on("message", async ({ files, pattern, timeout, changed }) => {
  for (const { config } of vitest.projects) config.testTimeout = timeout;
  for (const file of changed) vitest.invalidateFile(join(root, file));
  vitest.setGlobalTestNamePattern(pattern);
  const found = await vitest.globTestSpecifications(files.map((file) => join(root, file)));
  const { testModules } = await vitest.runTestSpecifications(found);
  const wanted = new Set(files);
  // Those of earlier wishes are still among them.
  const ran = testModules.filter(({ moduleId }) =>
    wanted.has(relative(root, moduleId).replaceAll("\\", "/")),
  );
  const results = ran.flatMap(({ children }) =>
    [...children.allTests()].map((test) => ({ title: test.name, status: test.result().state })),
  );
  const messages = ran.flatMap((module) => module.errors().map(({ message }) => message));
  process.send({ results, messages });
});
// What forked it is gone: with it go the processes that tests run in.
process.on("disconnect", () => {
  if (process.platform === "win32") process.exit();
  process.kill(-process.pid, "SIGKILL");
});
