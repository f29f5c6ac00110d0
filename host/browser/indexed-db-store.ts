/** What a store in IndexedDB keeps, and how it is read and written. */
import { digestOf } from "../../abi/state/avro/digest.ts";
import { frame, headOf, type JournalHead, newHead, recordsOf, seal } from "../durable/file/journal-format.ts";
import { unusable } from "../durable/file/unusable.ts";
import { PluginError, type StoredState } from "../mod.ts";
import { Database, type Work } from "./database.ts";
import { type Owner, own } from "./owner.ts";
import { removable } from "./shortage.ts";
import type { Given } from "./store-options.ts";

/** The frames of the journal by their numbers; and beside them the snapshot, the module, and whose it is. */
const [JOURNAL, ABOUT] = ["journal", "about"] as const;
/** Frames that are read at a time. */
const PIECE = 256;

/** The snapshot, and the journal's header, which has its seal. */
interface Begun {
  readonly header: Uint8Array;
  readonly snapshot: Uint8Array;
}

export class IndexedDbStore {
  readonly name: string;
  readonly warnings: string[] = [];
  readonly #key: string;
  readonly #given: Given;
  readonly #token = crypto.randomUUID();
  #owner: Owner | undefined;
  #database: Database | undefined;
  #head: JournalHead | undefined;
  #frames = 0;
  /** The module that is there, and its digest. */
  #module: { readonly digest: string; readonly bytes: Uint8Array } | undefined;

  constructor(name: string, key: string, given: Given) {
    this.name = name;
    this.#key = `moult/${key}`;
    this.#given = given;
  }

  async open(): Promise<void> {
    if (typeof indexedDB === "undefined")
      throw new PluginError("store-failed", `could not open ${this.name}: there is no IndexedDB here`);
    const owner = await own(this.name, `${this.#key} in IndexedDB`, this.#given.wait);
    let database: Database | undefined;
    try {
      database = await Database.open(this.#key, [JOURNAL, ABOUT]);
      const found = database.stores.sort().join(", ");
      if (found !== `${ABOUT}, ${JOURNAL}`) throw strange(this.name, found);
      await database.work("relaxed", async (work) => work.put(ABOUT, "owner", this.#token));
      const warning = await removable();
      this.warnings.splice(0, this.warnings.length, ...(warning ? [warning] : []));
    } catch (error) {
      database?.close();
      await owner.release();
      throw laterVersion(this.name, error) ?? error;
    }
    [this.#owner, this.#database] = [owner, database];
    [this.#head, this.#frames, this.#module] = [undefined, 0, undefined];
  }

  async read(): Promise<StoredState | undefined> {
    const { begun, module, some } = await this.#work(undefined, async (work) => ({
      begun: (await work.get(ABOUT, "begun")) as Begun | undefined,
      module: await work.get(ABOUT, "module"),
      some: await work.some(JOURNAL, 0, 1),
    }));
    if (!begun) {
      if (some.keys.length === 0) return undefined;
      throw new PluginError("bad-store", "found a journal and no snapshot, where it begins");
    }
    const head = undamaged(() => headOf(begun.header));
    const { size, crc } = seal(begun.snapshot);
    if (head.snapshot?.size !== size || head.snapshot.crc !== crc) {
      throw new PluginError(
        "bad-store",
        "its snapshot is not the one that its journal begins with: it is damaged",
      );
    }
    let frames = 0;
    for await (const _ of this.#read(head, Number.POSITIVE_INFINITY)) frames++;
    if (frames === 0) throw new PluginError("bad-store", "its first record is gone");
    [this.#head, this.#frames] = [head, frames];
    const whole = await this.#whole(head, module);
    const records = { [Symbol.asyncIterator]: () => this.#records(head, frames) };
    return { snapshot: begun.snapshot, records, torn: 0, ...(whole && { module: whole }) };
  }

  /** The kept module, where it is the one that the journal names. */
  async #whole({ module }: JournalHead, bytes: unknown): Promise<Uint8Array | undefined> {
    if (!module) return undefined;
    const found = bytes instanceof Uint8Array ? bytes : undefined;
    if (found && (await digestOf(found as Uint8Array<ArrayBuffer>)) === module) {
      this.#module = { digest: module, bytes: found };
      return found;
    }
    const what = found ? "is damaged" : "is gone";
    const text = `its module ${what}: only the version that answered its calls can be loaded`;
    if (!this.warnings.includes(text)) this.warnings.push(text);
    return undefined;
  }

  async *#records(head: JournalHead, frames: number): AsyncGenerator<Uint8Array> {
    for await (const records of this.#read(head, frames)) yield* records;
  }

  /** The frames from the first on, in pieces, each checked. */
  async *#read(head: JournalHead, most: number): AsyncGenerator<Uint8Array[]> {
    for (let next = 0; next < most; ) {
      const from = next;
      const count = Math.min(PIECE, most - next);
      const { keys, values } = await this.#work(undefined, (work) => work.some(JOURNAL, from, count));
      for (const [i, bytes] of values.entries()) {
        const records =
          bytes instanceof Uint8Array && keys[i] === next
            ? undamaged(() => recordsOf(bytes, next, head))
            : undefined;
        if (!records)
          throw new PluginError(
            "bad-store",
            `its record ${next} is ${keys[i] === next ? "damaged" : "gone"}`,
          );
        yield [...records].map((each) => each.slice());
        next++;
      }
      if (values.length < count) return;
    }
  }

  async append(records: readonly Uint8Array[]): Promise<void> {
    if (records.length === 0) return;
    if (!this.#head) throw new Error("nothing was begun or read, so there is nothing to append to");
    const bytes = frame(records, { sequence: this.#frames, synced: this.#frames }, this.#head);
    await this.#write(async (work) => work.add(JOURNAL, this.#frames, bytes));
    this.#frames++;
  }

  async retract(appends: number): Promise<void> {
    const first = this.#frames - appends;
    await this.#write(async (work) => work.cut(JOURNAL, first));
    this.#frames = first;
  }

  async begin(snapshot: Uint8Array, head: Uint8Array, module?: Uint8Array): Promise<void> {
    const kept =
      module &&
      (this.#module?.bytes === module
        ? this.#module
        : { bytes: module, digest: await digestOf(alone(module)) });
    const next = newHead(seal(snapshot), kept?.digest);
    const first = frame([head], { sequence: 0, synced: 0 }, next);
    await this.#write(async (work) => {
      work.cut(JOURNAL, 0);
      work.add(JOURNAL, 0, first);
      work.put(ABOUT, "begun", { header: alone(next.bytes), snapshot: alone(snapshot) } satisfies Begun);
      if (!kept) work.remove(ABOUT, "module");
      else if (kept.digest !== this.#module?.digest) work.put(ABOUT, "module", alone(kept.bytes));
    });
    [this.#head, this.#frames, this.#module] = [next, 1, kept];
  }

  /** A change that is made as long as the store is this one's: another one that took it has written its name. */
  #write(change: (work: Work) => Promise<void>): Promise<void> {
    return this.#work(this.#given.durability, async (work) => {
      if ((await work.get(ABOUT, "owner")) !== this.#token) {
        const text = `could not write to ${this.name}: another page has it now`;
        throw new PluginError("store-locked", text);
      }
      await change(work);
    });
  }

  async #work<T>(
    durability: IDBTransactionDurability | undefined,
    work: (work: Work) => Promise<T>,
  ): Promise<T> {
    if (!this.#owner || !this.#database) throw new Error("it is not open");
    this.#owner.check();
    return this.#database.work(durability, work);
  }

  async close(): Promise<void> {
    const [owner, database] = [this.#owner, this.#database];
    [this.#owner, this.#database] = [undefined, undefined];
    database?.close();
    await owner?.release();
  }
}

/** Bytes that are a buffer's own: of others the whole buffer would be kept. */
function alone(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(bytes);
}

/** @throws PluginError `bad-store` */
function undamaged<T>(read: () => T): T {
  try {
    return read();
  } catch (cause) {
    throw unusable("its journal", cause);
  }
}

function strange(name: string, found: string): PluginError {
  const text = `could not open ${name}: found the object stores ${found || "(none)"}, which no store of moult has`;
  return new PluginError("bad-store", text);
}

function laterVersion(name: string, error: unknown): PluginError | undefined {
  const { cause = error } = error as { readonly cause?: unknown };
  if ((cause as { readonly name?: unknown } | undefined)?.name !== "VersionError") return undefined;
  const text = `could not open ${name}: it is of a later version of the format; update the host`;
  return new PluginError("bad-store", text, { cause });
}
