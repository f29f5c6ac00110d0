/**
 * Runs named tests of its checkout, one request after the other, so that nothing is started or transformed
 * twice: it receives `{ files, pattern, timeout, changed }` and sends `{ results, messages }`.
 * `scripts/mutants.mjs` forks one for each copy.
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
  // The modules of earlier requests are still among them.
  const ran = testModules.filter(({ moduleId }) =>
    wanted.has(relative(root, moduleId).replaceAll("\\", "/")),
  );
  const results = ran.flatMap(({ children }) =>
    [...children.allTests()].map((test) => ({ title: test.name, status: test.result().state })),
  );
  const messages = ran.flatMap((module) => module.errors().map(({ message }) => message));
  process.send({ results, messages });
});
// The parent is gone: end the processes that tests run in, too.
process.on("disconnect", () => {
  if (process.platform === "win32") process.exit();
  process.kill(-process.pid, "SIGKILL");
});
