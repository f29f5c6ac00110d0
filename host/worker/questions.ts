/** The questions of a guest in a thread, answered by what its generation was granted. */
import { decodeShape, Scratch } from "../../abi/canonical/value-bytes.ts";
import { AbiError } from "../../abi/error.ts";
import type { FunctionType } from "../../abi/type.ts";
import { isPromise } from "../awaitable.ts";
import { toErr } from "../generation/question.ts";
import { GrantFailure } from "../grant/grant-failure.ts";
import type { Linked } from "../grant/lazy-link.ts";
import type { Linkage } from "../grant/linkage.ts";
import { type FunctionShapes, shapesOf } from "./function-shapes.ts";
import { Kind, type Message, message } from "./wire.ts";

/** A granted function, in bytes. */
interface Granted extends FunctionShapes {
  readonly name: string;
  readonly type: FunctionType;
  readonly call: (...args: unknown[]) => unknown;
}

export class Questions {
  /** What ended the guest's call, where it was the host: its errors do not cross. */
  fault: unknown;
  readonly #granted: readonly Granted[];
  readonly #scratch = new Scratch();
  readonly #most: number;

  /** @param most bytes that the values of one question may take */
  constructor({ matches }: Linkage, link: Linked, most: number) {
    this.#most = most;
    this.#granted = matches.flatMap(({ import: owner, functions }) =>
      functions.map(({ name, type }) => ({
        name: `${owner}#${name}`,
        type,
        ...shapesOf(name, type),
        call: link.granted(owner, name),
      })),
    );
  }

  /** Answers one question. */
  answer({ about, bytes }: Message): Message | Promise<Message> {
    const granted = this.#granted[about];
    if (!granted)
      return this.#refuse(new Error(`it asked for number ${about} of its imports, and has no such`));
    try {
      const args = decodeShape(granted.args, bytes, granted.name, this.#most) as unknown[];
      const value = granted.call(...args);
      if (!isPromise(value)) return this.#answered(granted, value);
      return Promise.resolve(value).then(
        (value) => this.#answered(granted, value),
        (error) => this.#threw(granted, error),
      );
    } catch (error) {
      return this.#threw(granted, error);
    }
  }

  #answered(granted: Granted, value: unknown): Message {
    if (!granted.answer) return message(Kind.answer);
    return this.#encoded(granted, () => (granted.errs ? { tag: "ok", val: value } : value));
  }

  #threw(granted: Granted, error: unknown): Message {
    if (!granted.errs) return this.#refuse(error);
    return this.#encoded(granted, () => ({ tag: "err", val: toErr(error, granted.type) }));
  }

  #encoded({ name, answer }: Granted, value: () => unknown): Message {
    const scratch = this.#scratch;
    try {
      scratch.encode(answer!, value());
      return message(Kind.answer, 0, scratch.content);
    } catch (error) {
      const unfit = error instanceof AbiError && error.fault === "argument";
      return this.#refuse(unfit ? new GrantFailure(name, "unfit", error) : error);
    }
  }

  #refuse(fault: unknown): Message {
    this.fault ??= fault;
    return message(Kind.refused);
  }
}
