/** Generates the exports that the host calls at turns of the plugin's life. */
import { CHECK_STATE, RESTORE, RESTORED, SAVE, START, STOP } from "../v1.ts";
import type { Naming } from "./finish.ts";
import type { Generated } from "./generated.ts";
import type { Hooks } from "./hook.ts";
import type { Spelling } from "./spelling.ts";

export function hookExports(file: Generated, hooks: Hooks, names: Spelling): Naming[] {
  const namings: Naming[] = [];
  const add = (name: string, signature: string, body: string): void => {
    const identifier = `hook${namings.length}`;
    file.add(`export function ${identifier}${signature} {\n${body}}\n`);
    namings.push({ identifier, names: [name] });
  };
  if (hooks.start) add(START, "(): void", `  ${names.of(hooks.start)}();\n`);
  if (hooks.stop) add(STOP, "(): void", `  ${names.of(hooks.stop)}();\n`);
  if (hooks.onRestore) add(RESTORED, "(): void", `  ${names.of(hooks.onRestore)}();\n`);
  if (hooks.checkState) add(CHECK_STATE, "(): i32", checkStateBody(names.of(hooks.checkState), file));
  if (hooks.save)
    add(SAVE, "(): i32", `  return <i32>${names.of(hooks.save)}(new ${file.use("sink", "Sink")}());\n`);
  if (hooks.restore) {
    const source = file.use("source", "Source");
    add(RESTORE, "(schema: i32): void", `  ${names.of(hooks.restore)}(new ${source}());\n`);
  }
  return namings;
}

/** Answers 0, or the address of the complaint's pointer and length, which are valid until the next call. */
function checkStateBody(name: string, file: Generated): string {
  const alloc = file.use("arena", "alloc");
  return `  ${file.use("arena", "reset")}();
  const found = ${name}();
  if (found === null) return 0;
  ${file.use("arena", "keep")}(changetype<usize>(found));
  const area = ${alloc}(8, 4);
  store<usize>(area, changetype<usize>(found));
  store<i32>(area, found.length, 4);
  return <i32>area;
`;
}
