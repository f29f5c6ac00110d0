/** One version of a plugin as its callers elsewhere have it: its functions by the contract, as frames. */
import {
  AbiError,
  argumentsShape,
  decodeShape,
  type FunctionType,
  Scratch,
  type ValueShape,
} from "../../abi/tools.ts";
import { bindings, type Fittable } from "../contract/bindings.ts";
import type { Contract } from "../contract/contract.ts";
import { fitExport } from "../contract/fit.ts";
import { PluginError } from "../errors.ts";
import { answering } from "../guest/guest-error.ts";
import { sidesOf } from "../remote/sides.ts";
import { callFrame, readAnswer } from "./frame.ts";
import type { Release } from "./release.ts";

/** A function of a version. */
export interface FarFunction {
  /** @throws PluginError `argument` */
  frame(args: readonly unknown[]): Uint8Array;
  /** @throws PluginError the plugin's own, its node's, and `bad-peer` */
  answer(frame: Uint8Array): unknown;
}

export interface FarOptions {
  /** For messages. */
  readonly from: string;
  /** Bytes of memory that an answer may take. */
  readonly maxBytes: number;
}

/**
 * The functions of a contract as a release has them.
 *
 * @throws PluginError `mismatch`
 */
export function farFunctions(
  contract: Contract,
  { name, manifest }: Release,
  { from, maxBytes }: FarOptions,
): ReadonlyMap<string, FarFunction> {
  const fit: Fittable["fit"] = (key, wanted) => fitExport(manifest, key, wanted);
  const module: Fittable = {
    manifest,
    typed: true,
    digest: undefined,
    from,
    warnings: [],
    fit,
    fitted: new WeakMap(),
  };
  const keys = [...contract.functions.keys()];
  return new Map(
    bindings(contract, module).map(({ name: sent, type }, i) => {
      const key = keys[i]!;
      return [key, farFunction({ plugin: name, key, sent, type, maxBytes })];
    }),
  );
}

interface Called {
  readonly plugin: string;
  readonly key: string;
  /** Its name in WIT. */
  readonly sent: string;
  readonly type: FunctionType;
  readonly maxBytes: number;
}

function farFunction({ plugin, key, sent, type, maxBytes }: Called): FarFunction {
  const could = `could not call ${plugin}.${key}`;
  const args = argumentsShape(type);
  const { ok, err } = sidesOf(key, type);
  const onErr = answering(type, `${plugin}.${key}`);
  const scratch = new Scratch();
  const stranger = (cause: { readonly message: string }) =>
    new PluginError("bad-peer", `${could}: the answer cannot be read: ${cause.message}`, { cause });
  const read = (side: { readonly shape: ValueShape } | undefined, bytes: Uint8Array) => {
    try {
      return side && decodeShape(side.shape, bytes, "the answer", maxBytes);
    } catch (cause) {
      if (!(cause instanceof AbiError)) throw cause;
      throw stranger(cause);
    }
  };
  return {
    frame(given) {
      try {
        scratch.encode(args, given);
      } catch (cause) {
        if (!(cause instanceof AbiError)) throw cause;
        throw new PluginError("argument", `${could}: ${cause.message}; it was not called`, { cause });
      }
      const frame = callFrame(sent, scratch.content);
      scratch.rest();
      return frame;
    },
    answer(frame) {
      const answered = readAnswer(frame);
      if (answered.kind === "problem") throw answered.error;
      if (answered.kind === "nothing") {
        if (ok) throw stranger({ message: "there is none" });
        return undefined;
      }
      if (answered.kind === "answer") return read(ok, answered.bytes);
      // Only a function whose answer is a result has errs.
      if (typeof type.result !== "object" || !("result" in type.result))
        throw stranger({ message: "it is an err, and the function has none" });
      return onErr(read(err, answered.bytes));
    },
  };
}
