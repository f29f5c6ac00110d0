/** A server of instances, as a plugin whose instances run there has it. */

import { PluginError } from "../../errors.ts";
import { HostLost } from "../../host-lost.ts";
import type { CheckedLimits } from "../../limits.ts";
import { after } from "../../timer.ts";
import type { ModuleToSend } from "../../worker/orders.ts";
import type { Told } from "../exchanged.ts";
import { jsonOf } from "../json-of.ts";
import { type Line, type Sent, unexpected } from "../line.ts";
import { mediaType } from "../protocol.ts";
import { INSTANCES_PROTOCOL, type Opened, type Opening, readLeased, readOpened } from "./facts.ts";
import { type Heard, readHeard, SAID_HEAD, type Said, writeSaid } from "./frame.ts";
import { FRAME, WASM } from "./instance-site.ts";

/** An instance that was opened there. */
export interface Open extends Opened {
  /** Told when the server has ended it by itself. */
  readonly ended: (why: HostLost) => void;
}

/** Milliseconds of a guest are its server's to count; this is what its answer may take besides. */
const ON_THE_WAY = 30_000;
/** How often is sent whose answer does not come: the server knows the numbers of frames, and the rest does no harm. */
const TIMES = 3;

export class InstanceServer {
  readonly #line: Line;
  readonly #limits: CheckedLimits | undefined;
  readonly #open = new Map<string, Open>();
  #dropped: string[] = [];
  #clear: (() => void) | undefined;

  constructor(line: Line, limits: CheckedLimits | undefined) {
    this.#line = line;
    this.#limits = limits;
  }

  get shown(): string {
    return this.#line.shown;
  }

  /**
   * Opens an instance's host; the module is sent where it is not there.
   *
   * @param ended called when the server is found to have ended it
   * @throws PluginError `unavailable`, `deadline`, `denied`, `queue-full`, `bad-peer`; as compiling does
   */
  async open(module: ModuleToSend, ended: Open["ended"]): Promise<Open> {
    const could = `could not run ${module.from} at ${this.shown}`;
    const { bytes, digest, maxValueBytes, from } = module;
    if (!bytes || digest === undefined) {
      const why = "it came compiled, and its server compiles it anew; give its bytes";
      throw new PluginError("argument", `${could}: ${why}`);
    }
    const { fuel, pages } = this.#limits ?? {};
    const opening: Opening = { module: digest, from: from.slice(0, 1_000), maxValueBytes, fuel, pages };
    let told = await this.#post(could, "instances", opening);
    if (told.status === 404) {
      const module = { method: "POST", path: "modules", type: WASM, body: bytes } as const;
      const { status, type } = await this.#sent(could, module);
      if (status !== 200) throw unexpected(could, status, type);
      told = await this.#post(could, "instances", opening);
    }
    if (told.status !== 200) throw unexpected(could, told.status, told.type);
    const opened = readOpened(jsonOf(told.body));
    if (!opened) throw new PluginError("bad-peer", `${could}: what it answered is no instance`);
    if (opened.protocol !== INSTANCES_PROTOCOL) {
      const found = `it speaks version ${opened.protocol} of the protocol, wanted ${INSTANCES_PROTOCOL}`;
      throw new PluginError("bad-peer", `${could}: ${found}`);
    }
    const open = { ...opened, ended };
    this.#open.set(opened.id, open);
    this.#renewLater();
    return open;
  }

  /**
   * Sends a frame, and waits for the guest's next one.
   *
   * @throws HostLost; PluginError `too-large` for a frame that the server does not take, which was not sent
   */
  async exchange(open: Open, said: Said, isFile: boolean): Promise<Heard> {
    const most = isFile ? open.maxFileBytes : open.maxBytes;
    const size = SAID_HEAD + said.bytes.length;
    if (size > most) {
      const option = isFile ? "maxFileBytes" : "maxBytes";
      const why = `${size} bytes are to be sent, and ${this.shown} takes at most ${most} (${option})`;
      throw new PluginError("too-large", why);
    }
    const sent = {
      method: "POST",
      path: `instances/${open.id}/frames`,
      type: FRAME,
      body: writeSaid(said),
      timeout: said.milliseconds + ON_THE_WAY,
      most: this.#line.maxFileBytes,
    } as const;
    const { status, type, body } = await this.#sent("could not go on", sent).catch((cause) => {
      throw this.#lost(cause);
    });
    const heard = status === 200 && mediaType(type) === FRAME ? readHeard(body) : undefined;
    if (heard) return heard;
    throw new HostLost(this.shown, `answered what is no frame: ${status}, ${type ?? "no Content-Type"}`);
  }

  /** Sends what may be sent again. @throws PluginError as `Line` does */
  async #sent(could: string, sent: Sent): Promise<Told> {
    for (let time = 1; ; time++) {
      try {
        return await this.#line.send(could, sent);
      } catch (cause) {
        const broken = cause instanceof PluginError && cause.code === "unavailable";
        if (!broken || time === TIMES) throw cause;
      }
    }
  }

  /** Lets go of images that it holds, with the next request that comes anyway. */
  drop(image: string): void {
    this.#dropped.push(image);
    if (this.#dropped.length === 1) void this.#flush();
  }

  /** Ends an instance. Where the server cannot be reached, its lease ends it. */
  async end({ id }: Open): Promise<void> {
    this.#open.delete(id);
    if (this.#open.size === 0) this.#stop();
    await this.#post("", `instances/${id}/end`, {}).catch(() => {});
    if (this.#open.size === 0) this.#line.close();
  }

  #lost(cause: unknown): HostLost {
    const why = cause instanceof PluginError ? cause.rawMessage : String(cause);
    return new HostLost(this.shown, `is lost: ${why.replace(/^could not go on: /, "")}`, cause);
  }

  async #flush(): Promise<void> {
    // What is let go of at the same time goes along.
    await Promise.resolve();
    const images = this.#dropped.splice(0);
    await this.#post("", "drop", { images }).catch(() => {});
  }

  #renewLater(): void {
    if (this.#clear || this.#open.size === 0) return;
    const lease = Math.min(...[...this.#open.values()].map((each) => each.lease));
    this.#clear = after(lease / 3, () => void this.#renewAll(), { name: "lease", unref: true });
  }

  /** Tells that these are wanted. Those that the server has ended are told that they have. */
  async renew(instances: readonly string[]): Promise<void> {
    try {
      const { status, body } = await this.#post("could not renew", "lease", { instances });
      const leased = status === 200 ? readLeased(jsonOf(body)) : undefined;
      for (const id of leased?.gone ?? []) {
        this.#open.get(id)?.ended(new HostLost(this.shown, "has ended it: it was not heard of in time"));
        this.#open.delete(id);
      }
    } catch {
      // A frame finds it out, and tells.
    }
  }

  async #renewAll(): Promise<void> {
    await this.renew([...this.#open.keys()]);
    this.#stop();
    this.#renewLater();
  }

  #stop(): void {
    this.#clear?.();
    this.#clear = undefined;
  }

  #post(could: string, path: string, json: unknown) {
    const body = new TextEncoder().encode(JSON.stringify(json));
    return this.#sent(could, { method: "POST", path, type: "application/json", body });
  }
}
