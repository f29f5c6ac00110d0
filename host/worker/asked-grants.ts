/** What the module of a thread imports, as grants: each asks the host. */
import { decodeShape, Scratch } from "../../abi/canonical/value-bytes.ts";
import type { Manifest } from "../../abi/manifest.ts";
import { parseInterface } from "../contract/interface.ts";
import { Refusal, unwrapped } from "../generation/question.ts";
import type { Grant } from "../grant/capability.ts";
import { type FunctionShapes, shapesOf } from "./function-shapes.ts";
import type { GuestEnd } from "./guest-end.ts";
import { ISOLATE, PostedGuestEnd } from "./posted.ts";
import { Kind, type Message, message } from "./wire.ts";

/** What a guest calls for a function that it was granted. */
type Ask = (...args: unknown[]) => unknown;

export class AskedGrants {
  readonly #end: GuestEnd | PostedGuestEnd;

  constructor(end: GuestEnd | PostedGuestEnd) {
    this.#end = end;
  }

  /** @param posts the numbers of the imports that a thread does not wait for, where it shares no memory */
  of({ imports }: Manifest, posts: readonly number[] = []): Grant[] {
    let id = 0;
    return imports.map(({ interface: name, functions }) => {
      const asks = functions.map((type) => {
        const own = id++;
        const shapes = shapesOf(type.name, type);
        return { type, ...this.#ask(own, shapes, posts.includes(own)) };
      });
      return {
        interface: parseInterface(name, "a module"),
        functions: new Map(asks.map(({ type, async }) => [type.name, { type, kind: "read", async }])),
        make: () => Object.fromEntries(asks.map(({ type, ask }) => [type.name, ask])),
      };
    });
  }

  #ask(id: number, shapes: FunctionShapes, isPost: boolean): { ask: Ask; async: boolean } {
    const end = this.#end;
    if (!(end instanceof PostedGuestEnd)) return { ask: waiting(end, id, shapes), async: false };
    if (isPost) return { ask: telling(end, id, shapes), async: false };
    return { ask: suspended(end, id, shapes), async: true };
  }
}

/** The host is asked, and the guest suspended meanwhile. */
function suspended(end: PostedGuestEnd, id: number, { args, answer, errs }: FunctionShapes): Ask {
  const scratch = new Scratch();
  return async (...given) => {
    scratch.encode(args, given);
    end.send(message(Kind.ask, id, scratch.content));
    scratch.rest();
    return answered(await end.receive(), answer, errs);
  };
}

/** The host is asked, and waited for. */
function waiting(end: GuestEnd, id: number, { args, answer, errs }: FunctionShapes): Ask {
  // Its own, because a call may be on its way in the other.
  const scratch = new Scratch();
  return (...given) => {
    scratch.encode(args, given);
    end.send(message(Kind.ask, id, scratch.content));
    scratch.rest();
    return answered(end.receive(), answer, errs);
  };
}

/** The host is told, and goes on by itself. */
function telling(end: PostedGuestEnd, id: number, { args }: FunctionShapes): Ask {
  const scratch = new Scratch();
  return (...given) => {
    scratch.encode(args, given);
    end.tell(id, scratch.content);
    scratch.rest();
  };
}

function answered({ kind, bytes }: Message, answer: FunctionShapes["answer"], errs: boolean): unknown {
  if (kind === Kind.refused) throw new Refusal("its host refused it");
  return answer && unwrapped(errs, decodeShape(answer, bytes, "the host's answer"));
}

/** The error of a guest that asked where it cannot be suspended. @returns any other error as it is */
export function unsuspended(error: unknown): unknown {
  for (let each = error; each instanceof Error; each = each.cause) {
    if (each.name !== "SuspendError") continue;
    const what = "it asked for what it was granted outside of a call, where no engine can suspend it";
    return new Error(`${what}, and its thread shares no memory; ${ISOLATE}`, { cause: each });
  }
  return error;
}
