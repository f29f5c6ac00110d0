/** The bounds of a server: who may call, how many at a time, and how much of theirs is held. */
import { ServerInterceptingCall, type ServerInterceptor, status } from "@grpc/grpc-js";
import { PluginError } from "../errors.ts";
import type { Tokens } from "../remote/tokens.ts";
import { after } from "../timer.ts";
import { failed } from "./status.ts";

type Call = ConstructorParameters<typeof ServerInterceptingCall>[0];
type Refusal = ReturnType<typeof failed>;
type Listener = Parameters<ServerInterceptingCall["start"]>[0];

export interface GuardOptions {
  /** The plugin's name, for messages. */
  readonly name: string;
  readonly tokens: Tokens;
  readonly maxBytes: number;
  readonly maxHeldBytes: number;
  readonly maxCalls: number;
  readonly requestTimeout: number;
  /** Ends the connection of a caller that takes no answer. */
  readonly hangUp: (address: string) => void;
}

/** Methods whose calls are as long as their callers like, and are ended with the server. */
export type Kind = "plugin" | "open" | "helper";

export class Guard {
  readonly #options: GuardOptions;
  readonly #helpers = new Set<Call>();
  /** Calls that wait until they may be read. */
  readonly #waiting: (() => void)[] = [];
  #calls = 0;
  #held = 0;

  constructor(options: GuardOptions) {
    this.#options = options;
  }

  /** @param kindOf whose method a path is: the plugin's, one for everybody, or one for those who may call */
  interceptor(kindOf: (path: string) => Kind): ServerInterceptor {
    return ({ path }, call) => {
      const kind = kindOf(path);
      return kind === "plugin" ? new Guarded(call, this) : this.#helping(call, kind);
    };
  }

  /** Ends what has no end of its own. */
  end(): void {
    for (const call of this.#helpers)
      call.sendStatus({ code: status.UNAVAILABLE, details: "the server takes no more calls" });
  }

  get options(): GuardOptions {
    return this.#options;
  }

  /** @returns the status for a caller who may not call */
  denial(authorization: unknown): Refusal | undefined {
    const { tokens, name } = this.#options;
    const rights = tokens.rightsOf(typeof authorization === "string" ? authorization : undefined);
    if (rights?.has("call")) return undefined;
    if (!rights)
      return failed(
        new PluginError("denied", `could not use ${name}: it wants a token that is not the one of the call`),
      );
    const why = `it wants the right to call, found ${[...rights].join(", ")}; it was not called`;
    const error = new PluginError("denied", `could not call ${name}: ${why}`);
    return failed(error, { number: status.PERMISSION_DENIED });
  }

  /** @returns the status for one call too many */
  fullness(): Refusal | undefined {
    const { maxCalls, name } = this.#options;
    if (this.#calls < maxCalls) return undefined;
    const why = `${this.#calls} calls are under way; at most ${maxCalls} may be (maxCalls); it was not called`;
    return failed(new PluginError("queue-full", `could not call ${name}: ${why}`));
  }

  enter(): void {
    this.#calls++;
  }

  leave(): void {
    this.#calls--;
  }

  /**
   * Reads when there is room for a message of the largest size. Until then the connection holds what one may send
   * before it is taken, which is 64 KiB.
   *
   * @returns gives the turn up
   */
  whenRoom(read: () => void): () => void {
    if (this.#waiting.length === 0 && this.#room) {
      this.hold(this.#options.maxBytes);
      read();
      return () => {};
    }
    const turn = () => {
      this.hold(this.#options.maxBytes);
      read();
    };
    this.#waiting.push(turn);
    return () => {
      const at = this.#waiting.indexOf(turn);
      if (at >= 0) this.#waiting.splice(at, 1);
    };
  }

  hold(bytes: number): void {
    this.#held += bytes;
  }

  give(bytes: number): void {
    this.#held -= bytes;
    while (this.#waiting.length > 0 && this.#room) this.#waiting.shift()!();
  }

  /** Whether so much more may be held for an answer. */
  fits(bytes: number): boolean {
    return this.#held + bytes <= this.#options.maxHeldBytes;
  }

  get #room(): boolean {
    return this.fits(this.#options.maxBytes);
  }

  #helping(call: Call, kind: Kind): ServerInterceptingCall {
    const { maxCalls } = this.#options;
    const leave = () => this.#helpers.delete(call);
    return new ServerInterceptingCall(call, {
      start: (next) =>
        next({
          onReceiveMetadata: (metadata, go) => {
            const refusal = kind === "open" ? undefined : this.denial(metadata.get("authorization")[0]);
            if (refusal) {
              call.sendStatus(refusal);
              return;
            }
            if (this.#helpers.size >= maxCalls) {
              call.sendStatus({
                code: status.RESOURCE_EXHAUSTED,
                details: `at most ${maxCalls} calls may be under way`,
              });
              return;
            }
            this.#helpers.add(call);
            go(metadata);
          },
          onCancel: leave,
        }),
      sendStatus: (sent, next) => {
        leave();
        next(sent);
      },
    });
  }
}

/** A call of the plugin, from its first bytes until its answer was taken. */
class Guarded extends ServerInterceptingCall {
  readonly #guard: Guard;
  readonly #call: Call;
  #held = 0;
  #message = 0;
  #reading = false;
  #inside = false;
  #clear = () => {};
  #giveUp = () => {};

  constructor(call: Call, guard: Guard) {
    super(call);
    this.#call = call;
    this.#guard = guard;
  }

  override start(listener: Listener): void {
    super.start({
      onReceiveMetadata: (metadata) => {
        const refusal = this.#guard.denial(metadata.get("authorization")[0]) ?? this.#guard.fullness();
        if (refusal) {
          this.#call.sendStatus(refusal);
          return;
        }
        this.#guard.enter();
        this.#inside = true;
        listener.onReceiveMetadata(metadata);
      },
      onReceiveMessage: (message: Buffer) => {
        this.#message = message.length;
        listener.onReceiveMessage(message);
      },
      onReceiveHalfClose: () => {
        this.#clear();
        // It is whole, and the room for the largest is no longer needed.
        this.#shrink(this.#message);
        listener.onReceiveHalfClose();
      },
      onCancel: () => {
        this.#leave();
        listener.onCancel();
      },
    });
  }

  override startRead(): void {
    const { maxBytes } = this.#guard.options;
    if (this.#reading) {
      super.startRead();
      return;
    }
    this.#reading = true;
    this.#giveUp = this.#guard.whenRoom(() => {
      this.#held = maxBytes;
      this.#time(() => this.#late());
      super.startRead();
    });
  }

  override sendMessage(message: Buffer, taken: () => void): void {
    const { length } = message;
    if (!this.#guard.fits(length)) {
      const why = `answers and messages of maxHeldBytes are held already; the plugin was called`;
      this.sendStatus(failed(new PluginError("queue-full", `could not send the answer: ${why}`)));
      return;
    }
    this.#guard.hold(length);
    this.#held += length;
    this.#time(() => this.#guard.options.hangUp(this.#call.getPeer()));
    super.sendMessage(message, taken);
  }

  override sendStatus(sent: Parameters<ServerInterceptingCall["sendStatus"]>[0]): void {
    this.#leave();
    super.sendStatus(sent);
  }

  #late(): void {
    const why = `its message did not come within ${this.#guard.options.requestTimeout} ms (requestTimeout)`;
    const error = new PluginError("deadline", `could not read the call: ${why}; it was not called`);
    this.sendStatus(failed(error));
  }

  #time(late: () => void): void {
    this.#clear();
    const { requestTimeout } = this.#guard.options;
    this.#clear = after(requestTimeout, late, { name: "requestTimeout", unref: true });
  }

  #shrink(bytes: number): void {
    const more = this.#held - bytes;
    this.#held = bytes;
    this.#guard.give(more);
  }

  #leave(): void {
    this.#clear();
    this.#giveUp();
    if (!this.#inside) return;
    this.#inside = false;
    this.#guard.leave();
    this.#shrink(0);
  }
}
