/** The instance of a generation, in its thread: what the host has of it. */
import { decodeShape, Scratch } from "../../abi/canonical/value-bytes.ts";
import type { Binding } from "../contract/bindings.ts";
import type { Call } from "../generation/generation.ts";
import { answering } from "../guest/guest-error.ts";
import type { Deadline, Metering } from "../limits.ts";
import { type FunctionShapes, shapesOf } from "./function-shapes.ts";
import type { InstanceHost, InstanceHosts, Terms } from "./instance-host.ts";
import type { Failure, InstanceOrder, ModuleToSend, Order, TakenImage } from "./orders.ts";
import type { Questions } from "./questions.ts";
import { received } from "./sent-error.ts";
import { Kind, type Message, message } from "./wire.ts";

export interface ThreadedInstanceOptions {
  readonly instance: Omit<InstanceOrder, "entries">;
  /** The module as hosts get it. */
  readonly module: ModuleToSend;
  readonly metering: Metering | undefined;
  readonly hosts: InstanceHosts;
  readonly deadline: Deadline;
  readonly questions: Questions;
}

/** A function of the guest, in bytes. */
interface Callable extends FunctionShapes {
  readonly id: number;
  readonly onErr: (payload: unknown) => never;
}

const TEXT = new TextDecoder();

export class ThreadedInstance {
  readonly #options: ThreadedInstanceOptions;
  readonly #terms: Readonly<Record<Terms["what"], Terms>>;
  readonly #scratch = new Scratch();
  /** What its thread calls by number; those from `#known` on it does not know yet. */
  readonly #functions: Binding[] = [];
  #known = 0;
  #hosting: InstanceHost | undefined;
  #over = false;
  /** Calls are run again, and have the time of hooks. */
  again = false;

  constructor(options: ThreadedInstanceOptions) {
    const { deadline, questions } = options;
    const answer = (asked: Message) => questions.answer(asked);
    this.#options = options;
    this.#terms = {
      call: { what: "call", milliseconds: deadline.call, answer },
      hook: { what: "hook", milliseconds: deadline.hook, answer },
    };
  }

  /** Pages of its memory, after the last order. */
  get pages(): number {
    return this.#hosting?.facts?.pages ?? 0;
  }

  /** Whether it can take over an image, and one can be taken of it. */
  get recoverable(): boolean {
    return this.#hosting?.facts?.recoverable ?? false;
  }

  get fuelUsed(): number | undefined {
    return this.#hosting?.fuelUsed;
  }

  /** Whether its thread has ended, and it with it. */
  get lost(): boolean {
    return this.#hosting?.ended !== undefined;
  }

  /** Makes the instance, in a thread that is free. @throws PluginError as instantiating does; `unavailable` */
  async make(): Promise<void> {
    const { module, hosts } = this.#options;
    this.#hosting = await hosts.take(module);
    const make = this.#made();
    await this.order({ make });
    this.#known = make.entries.length;
    // It was let go of while the thread started.
    if (this.#over) await this.release();
  }

  /** Makes an instance that is not used, so that the thread has done it once. */
  rehearse(hosting: InstanceHost): Promise<void> {
    const answer = () => message(Kind.refused);
    return hosting.order({ make: this.#made() }, { ...this.#terms.hook, answer });
  }

  #made(): InstanceOrder {
    return { ...this.#options.instance, entries: [...this.#functions] };
  }

  /** The function of an export, which answers a promise. Its thread learns of it before it is first called. */
  bind({ name, type }: Binding): Call {
    const id = this.#functions.length;
    this.#functions.push({ name, type });
    const callable: Callable = {
      id,
      ...shapesOf(name, type),
      onErr: answering(type, `${this.#options.instance.plugin}.${name}`),
    };
    return (...args: never[]) => this.#call(callable, args);
  }

  /**
   * Gives an order.
   *
   * @returns the result
   * @throws what the guest threw; what the host threw into it; or what ended the thread
   */
  async order<T>(order: Order): Promise<T> {
    const { questions } = this.#options;
    questions.fault = undefined;
    try {
      const result = await this.#there.order<T>(order, this.#terms.hook);
      // Nobody waited for what it told.
      if (questions.fault !== undefined) throw questions.fault;
      return result;
    } catch (error) {
      throw questions.fault ?? this.#placed(error);
    }
  }

  /** Lets go of an image that was taken of it. */
  forget(image: TakenImage): void {
    this.#hosting?.forget(image);
  }

  /** Lets go of the thread. What is under way in it ends. */
  async release(): Promise<void> {
    this.#over = true;
    const hosting = this.#hosting;
    if (hosting) await this.#options.hosts.give(hosting);
  }

  get #there(): InstanceHost {
    if (!this.#hosting) throw new Error("no thread was taken for this instance");
    return this.#hosting;
  }

  async #call(callable: Callable, args: readonly unknown[]): Promise<unknown> {
    const scratch = this.#scratch;
    const { again } = this;
    scratch.encode(callable.args, args);
    if (this.#known < this.#functions.length) {
      const bytes = scratch.copy();
      await this.#tellRest();
      scratch.put(bytes);
    }
    this.#options.questions.fault = undefined;
    const said = message(again ? Kind.again : Kind.call, callable.id, scratch.content);
    const heard = await this.#there.call(said, this.#terms[again ? "hook" : "call"]);
    scratch.rest();
    return this.#answered(callable, heard);
  }

  #answered({ answer, errs, onErr }: Callable, { kind, bytes }: Message): unknown {
    if (this.#over) throw new Error("its generation has ended");
    if (kind === Kind.failed) {
      const { error, pages } = JSON.parse(TEXT.decode(bytes.slice())) as Failure;
      this.#there.has(pages);
      throw this.#options.questions.fault ?? this.#placed(received(error));
    }
    const { fault } = this.#options.questions;
    if (fault !== undefined) throw fault;
    if (!answer) return undefined;
    const value = decodeShape(answer, bytes, "the answer", this.#options.module.maxValueBytes);
    if (!errs) return value;
    const { tag, val } = value as { readonly tag: "ok" | "err"; readonly val: unknown };
    return tag === "ok" ? val : onErr(val);
  }

  /** Tells the thread of the functions that were added since the instance was made. */
  async #tellRest(): Promise<void> {
    while (this.#known < this.#functions.length) {
      await this.order({ bind: this.#functions[this.#known]! });
      this.#known++;
    }
  }

  /** Corrects the places in the stack of an error of a metered guest. */
  #placed(error: unknown): unknown {
    const { metering } = this.#options;
    for (let each = error; metering && each instanceof Error; each = each.cause) metering.relocate(each);
    return error;
  }
}
