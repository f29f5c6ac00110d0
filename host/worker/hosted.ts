/** The guest in its thread: an instance near the thread, whose grants are its host's. */
import { Scratch } from "../../abi/canonical/value-bytes.ts";
import { camelCase } from "../../abi/type.ts";
import { NearGeneration } from "../generation/near-generation.ts";
import { linksReady } from "../grant/lazy-link.ts";
import { linkage } from "../grant/linkage.ts";
import { Nesting } from "../grant/nesting.ts";
import { guarded } from "../guest/guard.ts";
import { MemoryPool } from "../guest/memory-pool.ts";
import { moult } from "../guest/moult.ts";
import { compile } from "../module/compile.ts";
import { meteringOf } from "../module/fuel-tank.ts";
import type { PluginModule } from "../module/module.ts";
import { AskedGrants, unsuspended } from "./asked-grants.ts";
import { bulkOf, imageOf, type SentImage, seen } from "./bulk.ts";
import { type FunctionShapes, shapesOf } from "./function-shapes.ts";
import type { GuestEnd } from "./guest-end.ts";
import type { Entry, Facts, Failure, InstanceOrder, Order, SentModule } from "./orders.ts";
import type { PostedGuestEnd } from "./posted.ts";
import { toSend } from "./sent-error.ts";
import { Kind, type Message, message } from "./wire.ts";

/** A function of the guest, as the host calls it. */
interface Callable extends FunctionShapes {
  readonly key: string;
  readonly call: (...args: never[]) => unknown;
}

const TEXT = new TextEncoder();

export class Hosted {
  readonly #module: PluginModule;
  readonly #scratch = new Scratch();
  readonly #memories = new MemoryPool();
  #near: NearGeneration | undefined;
  #functions: Callable[] = [];
  readonly #asked: AskedGrants;

  private constructor(module: PluginModule, end: GuestEnd | PostedGuestEnd) {
    this.#module = module;
    this.#asked = new AskedGrants(end);
  }

  /** @param module was found to be one by the host */
  static async of(module: SentModule, end: GuestEnd | PostedGuestEnd): Promise<Hosted> {
    return new Hosted(await moduleOf(module), end);
  }

  /** Whether an instance was made. */
  get made(): boolean {
    return this.#near !== undefined;
  }

  get facts(): Facts {
    const { instance } = this.#own;
    return { pages: instance.pages(), recoverable: instance.recoverable };
  }

  get fuelUsed(): number | undefined {
    return this.#near?.fuelUsed;
  }

  get #own(): NearGeneration {
    if (!this.#near) throw new Error("no instance was made in this thread");
    return this.#near;
  }

  /** @throws what the guest threw, as the loader's error */
  obey(order: Order<SentImage>): unknown {
    try {
      return this.#obeyed(order);
    } catch (error) {
      throw unsuspended(error);
    }
  }

  #obeyed(order: Order<SentImage>): unknown {
    if ("make" in order) return this.#make(order.make);
    if ("bind" in order) return this.#bind(order.bind);
    if ("restore" in order) return this.#own.restore({ datum: seen(order.restore) });
    if ("become" in order) return this.#own.instance.become(imageOf(order.become));
    const own = this.#own;
    if ("save" in order) {
      const saving = { code: "failed-save", what: order.save, memory: () => own.memoryUse } as const;
      return bulkOf(guarded(own.module, saving, () => own.instance.save()));
    }
    switch (order.do) {
      case "start":
        return void own.start();
      case "check":
        return own.check();
      case "image":
        return this.#image();
      case "stop":
        return own.instance.stop();
    }
  }

  #image(): SentImage {
    const { memory, globals } = this.#own.instance.image();
    return { memory: bulkOf(memory), globals };
  }

  /** Calls a function of the guest. @returns what it answered, or what ended it, until `rest` */
  call(about: number, bytes: Uint8Array, again: boolean): Message {
    const callable = this.#functions[about]!;
    try {
      return this.#returned(callable, this.#called(callable, this.#taken(callable, bytes, again)));
    } catch (error) {
      return this.#failed(callable, error);
    }
  }

  /** The same for a guest that may be suspended meanwhile. */
  async callLater(about: number, bytes: Uint8Array, again: boolean): Promise<Message> {
    const callable = this.#functions[about]!;
    try {
      return this.#returned(callable, await this.#calledLater(callable, this.#taken(callable, bytes, again)));
    } catch (error) {
      return this.#failed(callable, error);
    }
  }

  #taken({ args }: Callable, bytes: Uint8Array, again: boolean): never[] {
    this.#own.instance.again(again);
    this.#scratch.put(bytes);
    return this.#scratch.decode(args) as never[];
  }

  #returned({ answer }: Callable, value: unknown): Message {
    if (!answer) return message(Kind.returned);
    this.#scratch.encode(answer, value);
    return message(Kind.returned, 0, this.#scratch.content);
  }

  /** The instance has ended; its host says what that means. */
  #failed({ key }: Callable, error: unknown): Message {
    const own = this.#own;
    const { cause = error } = own.failed(error, key);
    const failure: Failure = { error: toSend(cause), pages: own.instance.pages() };
    return message(Kind.failed, 0, TEXT.encode(JSON.stringify(failure)));
  }

  /** Gives back what a large answer took. That answer has been sent. */
  rest(): void {
    this.#scratch.rest();
  }

  #called({ call, errs }: Callable, args: never[]): unknown {
    if (!errs) return call(...args);
    try {
      return { tag: "ok", val: call(...args) };
    } catch (error) {
      return errOf(error);
    }
  }

  async #calledLater({ call, errs }: Callable, args: never[]): Promise<unknown> {
    if (!errs) return call(...args);
    try {
      return { tag: "ok", val: await call(...args) };
    } catch (error) {
      return errOf(error);
    }
  }

  #make(order: InstanceOrder): void {
    const module = this.#module;
    this.#near?.discard();
    this.#near = undefined;
    const { number, pages, way, plugin, compares, afterTrap, afterFailure } = order;
    const { maxStateBytes, maxValueBytes, maxPages, posts } = order;
    const asked = linkage(module, this.#asked.of(module.manifest, posts));
    this.#near = new NearGeneration({
      number,
      build: undefined as never,
      module,
      linkage: asked,
      mode: compares ? "looking" : "serving",
      bindings: [],
      passage: way && { restore: way.restore, kind: way.same ? "same" : "migrated", steps: [] },
      pages,
      lineage: {
        plugin,
        nesting: new Nesting(),
        callName: () => 0,
        loadName: () => "",
        waits: undefined,
        afterTrap,
        afterFailure,
        onError: () => {},
        onTrap: () => {},
        recorder: () => {
          throw new Error("calls are recorded by the host");
        },
        memories: this.#memories,
        maxStateBytes,
        maxValueBytes,
        maxPages,
      },
    });
    this.#functions = [];
    for (const entry of order.entries) this.#bind(entry);
  }

  #bind({ name, type }: Entry): void {
    const own = this.#own;
    const what = `its function ${name} cannot be called`;
    const call = guarded(own.module, { code: "bad-manifest", what }, () =>
      own.instance.bind(name, type, thrown),
    );
    this.#functions.push({ key: camelCase(name), call, ...shapesOf(name, type) });
  }
}

/** The guest's own `err`. */
class Err extends Error {
  readonly payload: unknown;

  constructor(payload: unknown) {
    super("the guest answered an err");
    this.payload = payload;
  }
}

/** @throws any other error */
function errOf(error: unknown): unknown {
  if (!(error instanceof Err)) throw error;
  return { tag: "err", val: error.payload };
}

function thrown(payload: unknown): never {
  throw new Err(payload);
}

async function moduleOf({ code, metering, from }: SentModule): Promise<PluginModule> {
  const module = await compile({ module: code, from }, { adapter: moult });
  await linksReady(module);
  // The host knows the places that the metered code had before.
  const own = metering && meteringOf({ ...metering, originally: (offset) => offset }, metering.fuel);
  return { ...module, metering: own };
}
