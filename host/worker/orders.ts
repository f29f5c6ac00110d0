/** Orders: what a host wants of the thread of a guest, apart from calls. They and their answers are posted. */
import type { FunctionType } from "../../abi/type.ts";
import type { WasmModule } from "../../abi/wasm/js-api.ts";
import type { Metered } from "../../abi/wasm/metering.ts";
import type { Fuel } from "../limits.ts";
import type { Bulk, SentImage } from "./bulk.ts";
import type { SentError } from "./sent-error.ts";

/** The first message: what the thread is for. Only one module runs in a thread, in one instance at a time. */
export interface Beginning {
  /** Left out where none can be shared, and the messages are posted. */
  readonly memory: SharedArrayBuffer | undefined;
  /** Whether the host can wait for that memory. */
  readonly waits: boolean;
  readonly module: SentModule;
}

export interface SentModule {
  /** With its limits in it. */
  readonly code: WasmModule;
  readonly metering: (Pick<Metered, "fill" | "left"> & { readonly fuel: Fuel }) | undefined;
  readonly from: string;
  /** Bytes that the values of one call may take, in the thread and in its host. */
  readonly maxValueBytes: number;
}

/** A module with what a host elsewhere compiles it from. */
export interface ModuleToSend extends SentModule {
  readonly bytes?: Uint8Array | undefined;
  readonly digest?: string | undefined;
}

/** An image that stays where it was taken. */
export interface HeldImage {
  readonly held: string;
}

export type TakenImage = SentImage | HeldImage;

export interface Entry {
  /** The export's WIT name. */
  readonly name: string;
  readonly type: FunctionType;
}

/** An instance to be made, in the place of the one before. */
export interface InstanceOrder {
  readonly number: number;
  readonly plugin: string;
  /** Whether a restored state is saved again, and compared. */
  readonly compares: boolean;
  readonly pages: number | undefined;
  /** How a state enters it: the argument of `restore`, and whether the state is of its own schema. */
  readonly way: { readonly restore: number; readonly same: boolean } | undefined;
  readonly entries: readonly Entry[];
  /** Where messages are posted: the numbers of the imports that it does not wait for. */
  readonly posts?: readonly number[] | undefined;
  readonly maxStateBytes: number | undefined;
  readonly maxValueBytes: number | undefined;
  readonly maxPages: number | undefined;
  /** What is true after a trap, and after a grant failed, for messages. */
  readonly afterTrap: string;
  readonly afterFailure: string;
}

/** Each is answered by an `Answer`. @template I images, as its host takes them */
export type Order<I = TakenImage> =
  | { readonly make: InstanceOrder }
  | { readonly bind: Entry }
  | { readonly do: "start" | "check" | "stop" | "image" }
  /** With what went wrong, when something does: `its save failed`. */
  | { readonly save: string }
  | { readonly restore: Bulk }
  | { readonly become: I };

export interface Facts {
  /** Pages of memory. */
  readonly pages: number;
  /** Whether copies of it can be made. */
  readonly recoverable: boolean;
}

/** What ended a call, in JSON. */
export interface Failure {
  readonly error: SentError;
  /** Pages of memory that the guest had then. */
  readonly pages: number;
}

export type Answer =
  | { readonly facts: Facts; readonly result?: unknown }
  | { readonly failed: SentError; readonly facts?: Facts | undefined };
