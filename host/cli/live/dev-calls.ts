/** The calls of `moult dev`: typed calls, and one that is repeated. */
import {
  decode,
  type Manifest,
  parseSchema,
  readManifest,
  readSnapshot,
  toJson,
} from "../../../abi/tools.ts";
import type { BuildResult } from "../../dev/maker.ts";
import { PluginError } from "../../mod.ts";
import { Failure } from "../failure.ts";
import { type AskedCall, askedCall } from "../given/asked-call.ts";
import { functionLine } from "../given/function-line.ts";
import { stateJson } from "../json/state-json.ts";
import { readable } from "../page/readable.ts";
import type { Terminal } from "../terminal.ts";
import { callLine } from "./call-line.ts";
import type { CallReport, DevView } from "./dev-view.ts";
import type { LivePlugin } from "./live-plugin.ts";

export interface DevCalls {
  /** Makes a typed call and shows its outcome. Throws nothing. */
  call(line: string): Promise<void>;
  /** Makes a call every `every` milliseconds, but only after the last one was answered. */
  repeat(line: string, every: number): Disposable;
  /** The functions of the version that serves. */
  functions(): readonly { readonly name: string; readonly type: string }[];
  /** Shows the state. */
  state(): Promise<void>;
  /** A snapshot of the state. @throws PluginError, Failure when no version serves */
  snapshot(): Promise<Uint8Array>;
}

export function devCalls(
  terminal: Terminal,
  { plugin: live, view }: { readonly plugin: LivePlugin; readonly view: DevView },
): DevCalls {
  const show = (json: unknown) => readable(json, { columns: terminal.columns, most: 20, text: 400 });
  const serving = () => {
    const { plugin, made } = live;
    if (plugin === undefined || made === undefined) {
      throw new Failure("no version serves yet", { hint: "its errors are shown above" });
    }
    return { plugin, made };
  };

  async function call(line: string): Promise<void> {
    try {
      const { plugin, made } = serving();
      const { name, args } = callLine(line);
      const asked = askedCall(manifestOf(made), name, args);
      const revival = live.revival();
      try {
        const answer = await terminal.blocking(() => plugin.call[asked.name]!(...(asked.args as never[])));
        view.answered(report(asked, asked.ok, answer));
      } catch (error) {
        if (!(error instanceof PluginError) || error.code === "argument") throw error;
        // The fresh instance is made in the background, and its code too may never return.
        if (error.code === "trapped") void terminal.blocking(() => revival);
        view.wrong(
          report(asked, error.code === "guest-error" ? asked.err : undefined, error.payload),
          error,
          made,
        );
      }
    } catch (error) {
      tellRefused(error);
    }
  }

  async function snapshot(): Promise<Uint8Array> {
    const { plugin } = serving();
    return terminal.blocking(() => plugin.snapshot());
  }

  function report({ name }: AskedCall, type: AskedCall["ok"], value: unknown): CallReport {
    if (type === undefined) return { name, lines: [] };
    const answer = toJson(type, value);
    return { name, answer, lines: show(answer) };
  }

  function tellRefused(error: unknown): void {
    if (error instanceof Failure) view.refusedCall(error.message, error.hint);
    else if (error instanceof PluginError) view.refusedCall(error.message, undefined);
    else throw error;
  }

  return {
    call,
    repeat(line, every) {
      let calling = false;
      const timer = setInterval(() => {
        // There is nothing to call before the first version serves.
        if (calling || live.plugin === undefined) return;
        calling = true;
        void call(line).finally(() => {
          calling = false;
        });
      }, every);
      return { [Symbol.dispose]: () => clearInterval(timer) };
    },
    functions: () => (live.made === undefined ? [] : manifestOf(live.made).exports.map(functionLine)),
    async state() {
      try {
        const { schema, datum } = await readSnapshot(await snapshot());
        const parsed = parseSchema(schema);
        for (const each of show(stateJson(parsed, decode(parsed, datum)))) terminal.print(each);
      } catch (error) {
        tellRefused(error);
      }
    },
    snapshot,
  };
}

function manifestOf({ build, wasm }: BuildResult): Manifest {
  const found = build?.manifest ?? readManifest(new WebAssembly.Module(new Uint8Array(wasm)));
  if (found === undefined)
    throw new Failure("the module has no manifest, so the types of its functions are not known");
  return found;
}
