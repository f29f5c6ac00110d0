/** The instances that a server runs, as it answers for them over HTTP: `docs/remote.md` describes the requests. */

import { PluginError } from "../../errors.ts";
import type { CheckedLimits, Deadline, Fuel } from "../../limits.ts";
import { randomName } from "../../random-name.ts";
import { after, now } from "../../timer.ts";
import { Hosting } from "../../worker/hosting.ts";
import { jsonOf } from "../json-of.ts";
import { inJson, notThere, type Reply, type Request, type Site, wrongMethod } from "../site.ts";
import {
  INSTANCES_PROTOCOL,
  type Opened,
  type Opening,
  readDropping,
  readLeasing,
  readOpening,
} from "./facts.ts";
import { readSaid } from "./frame.ts";
import { HeldImages } from "./held-images.ts";
import type { HeldModules } from "./held-modules.ts";
import { HousedInstance } from "./housed-instance.ts";

export interface InstanceSiteOptions {
  readonly modules: HeldModules;
  readonly limits: CheckedLimits;
  readonly deadline: Deadline;
  readonly maxInstances: number;
  readonly maxImageBytes: number;
  readonly maxStateBytes: number;
  readonly maxValueBytes: number;
  readonly maxBytes: number;
  readonly maxFileBytes: number;
  /** Milliseconds after which an instance ends whose plugin is not heard of. */
  readonly lease: number;
}

interface Lodger {
  readonly instance: HousedInstance;
  /** It was heard of. */
  renew(): void;
  leave(): void;
}

export const FRAME = "application/vnd.moult.frame";
export const WASM = "application/wasm";

export class InstanceSite implements Site {
  readonly name = "its instances";
  readonly #options: InstanceSiteOptions;
  readonly #images: HeldImages;
  readonly #lodgers = new Map<string, Lodger>();
  #opening = 0;
  #ending = false;

  constructor(options: InstanceSiteOptions) {
    this.#options = options;
    this.#images = new HeldImages(options.maxImageBytes);
  }

  get ready(): boolean {
    return !this.#ending;
  }

  /** Instances that run. */
  get running(): number {
    return this.#lodgers.size;
  }

  async answer(request: Request): Promise<Reply> {
    const { method, path } = request;
    if (path === "/") return method === "GET" ? inJson(200, this.#described) : wrongMethod("GET");
    const [, room = "", id, verb] =
      /^\/(modules|instances|lease|drop)(?:\/([\w-]+)\/(frames|end))?$/.exec(path) ?? [];
    if (!room) return notThere("/, /modules, /instances, /lease, /drop, /live and /ready");
    if (method !== "POST") return wrongMethod("POST");
    if (room === "modules" && !id)
      return inJson(200, { digest: await this.#options.modules.take(await request.body("file")) });
    if (room === "lease" && !id) return this.#leased(await request.body());
    if (room === "drop" && !id) return this.#dropped(await request.body());
    if (room === "instances" && !id) return this.#opened(await request.body());
    const lodger = room === "instances" && id ? this.#lodgers.get(id) : undefined;
    if (!lodger)
      throw new PluginError("closed", "could not go on with an instance: it has ended, or never was");
    if (verb === "frames") return this.#exchanged(lodger, await request.body("file"));
    await request.body();
    lodger.leave();
    return NOTHING;
  }

  /** Ends all instances, and takes no more. */
  end(): void {
    this.#ending = true;
    for (const { instance, leave } of [...this.#lodgers.values()]) {
      void instance.end("its server was told to stop");
      leave();
    }
  }

  get #described() {
    const { maxInstances } = this.#options;
    return { moult: "instances", protocol: INSTANCES_PROTOCOL, instances: this.running, maxInstances };
  }

  async #opened(body: Uint8Array): Promise<Reply> {
    const opening = readOpening(jsonOf(body));
    if (!opening) throw argument("what is to be opened");
    const { maxInstances, lease, maxBytes, maxFileBytes } = this.#options;
    if (this.#ending) throw new PluginError("closed", "could not run an instance: its server takes no more");
    if (this.#lodgers.size + this.#opening >= maxInstances) {
      const why = `${maxInstances} run, and no more may (maxInstances)`;
      throw new PluginError("queue-full", `could not run an instance: ${why}`);
    }
    this.#opening++;
    try {
      const hosting = await this.#hosting(opening);
      if (!hosting) return inJson(404, { wants: opening.module });
      const id = this.#lodge(hosting);
      const opened: Opened = {
        moult: "instance",
        protocol: INSTANCES_PROTOCOL,
        id,
        lease,
        maxBytes,
        maxFileBytes,
      };
      return inJson(200, opened);
    } finally {
      this.#opening--;
    }
  }

  /** A thread for the module. @returns nothing where the module is not there */
  async #hosting({ module, from, maxValueBytes, fuel, pages }: Opening): Promise<Hosting | undefined> {
    const { modules, limits } = this.#options;
    const own = { fuel: leastFuel(fuel, limits.fuel), pages: least(pages, limits.pages) };
    const most = Math.min(maxValueBytes ?? this.#options.maxValueBytes, this.#options.maxValueBytes);
    const sent = await modules.compiled(module, { limits: own, maxValueBytes: most, from });
    return sent && new Hosting(sent).started();
  }

  #lodge(hosting: Hosting): string {
    const { deadline, maxStateBytes, maxValueBytes, limits, lease } = this.#options;
    const id = randomName();
    let clear = () => {};
    const leave = () => {
      clear();
      this.#lodgers.delete(id);
    };
    const instance = new HousedInstance({
      hosting,
      images: this.#images,
      deadline,
      maxStateBytes,
      maxValueBytes,
      maxPages: limits.pages,
      ended: leave,
    });
    const renew = () => {
      clear();
      const due = now() + lease;
      const late = () => {
        // A process that was asleep has heard of nobody, and hears of them now.
        if (now() - due > lease / 4) return renew();
        void instance.end(`nothing was heard of its plugin for ${lease} ms`);
        leave();
      };
      clear = after(lease, late, { name: "lease", unref: true });
    };
    const left = () => {
      leave();
      void instance.end("its plugin has let go of it");
    };
    this.#lodgers.set(id, { instance, renew, leave: left });
    renew();
    return id;
  }

  async #exchanged({ instance, renew }: Lodger, body: Uint8Array): Promise<Reply> {
    const said = readSaid(body);
    if (!said) throw argument("a frame");
    renew();
    const frame = await instance.exchange(said);
    renew();
    if (!frame) throw new PluginError("closed", "could not tell the guest's answer again: it is not kept");
    return { status: 200, type: FRAME, body: frame, content: "file" };
  }

  #leased(body: Uint8Array): Reply {
    const leasing = readLeasing(jsonOf(body));
    if (!leasing) throw argument("the instances whose lease goes on");
    const gone = leasing.instances.filter((id) => !this.#lodgers.has(id));
    for (const id of leasing.instances) this.#lodgers.get(id)?.renew();
    return inJson(200, { gone });
  }

  #dropped(body: Uint8Array): Reply {
    const dropping = readDropping(jsonOf(body));
    if (!dropping) throw argument("the images that are not needed any more");
    for (const name of dropping.images) this.#images.drop(name);
    return NOTHING;
  }
}

const NOTHING: Reply = { status: 204, body: new Uint8Array(0) };

function argument(wanted: string): PluginError {
  return new PluginError("argument", `could not go on with an instance: wanted ${wanted}`);
}

function least(given: number | undefined, most: number | undefined): number | undefined {
  return given === undefined || most === undefined ? (given ?? most) : Math.min(given, most);
}

function leastFuel(given: Fuel | undefined, most: Fuel | undefined): Fuel | undefined {
  if (!given || !most) return given ?? most;
  return { call: Math.min(given.call, most.call), hook: Math.min(given.hook, most.hook) };
}
