/** The questions of a guest in a thread, answered by what its generation was granted. */
import {
  argumentsShape,
  decodeShape,
  Scratch,
  type ValueShape,
  valueShape,
} from "../../abi/canonical/value-bytes.ts";
import { AbiError } from "../../abi/error.ts";
import { isKind } from "../../abi/type.ts";
import { isPromise } from "../awaitable.ts";
import { toErr } from "../generation/question.ts";
import { GrantFailure } from "../grant/grant-failure.ts";
import type { Linked } from "../grant/lazy-link.ts";
import type { Linkage } from "../grant/linkage.ts";
import { Kind, type Message, message } from "./wire.ts";

type Matched = Linkage["matches"][number]["functions"][number];

/** A granted function, in bytes. */
interface Granted {
  readonly name: string;
  readonly type: Matched["type"];
  readonly args: ValueShape;
  readonly answer: ValueShape | undefined;
  readonly errs: boolean;
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
        args: argumentsShape(type),
        answer: type.result === undefined ? undefined : valueShape(type.result, `the answer of ${name}`),
        errs: isKind("result", type.result),
        call: link.granted(owner, name),
      })),
    );
  }

  /** Answers one question. */
  answer({ about, bytes }: Message): Message | Promise<Message> {
    const granted = this.#granted[about]!;
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

  #answered({ name, answer, errs }: Granted, value: unknown): Message {
    if (!answer) return message(Kind.answer);
    try {
      return this.#encoded(answer, errs ? { tag: "ok", val: value } : value);
    } catch (error) {
      const unfit = error instanceof AbiError && error.fault === "argument";
      return this.#refuse(unfit ? new GrantFailure(name, "unfit", error) : error);
    }
  }

  #threw({ name, answer, errs, type }: Granted, error: unknown): Message {
    if (!errs) return this.#refuse(error);
    try {
      return this.#encoded(answer!, { tag: "err", val: toErr(error, type) });
    } catch (unsaid) {
      const unfit = unsaid instanceof AbiError && unsaid.fault === "argument";
      return this.#refuse(unfit ? new GrantFailure(name, "unfit", unsaid) : unsaid);
    }
  }

  #encoded(shape: ValueShape, value: unknown): Message {
    const scratch = this.#scratch;
    scratch.encode(shape, value);
    return message(Kind.answer, 0, scratch.bytes.subarray(Scratch.BASE, Scratch.BASE + scratch.size));
  }

  #refuse(fault: unknown): Message {
    this.fault ??= fault;
    return message(Kind.refused);
  }
}
