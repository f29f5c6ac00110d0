/** A life of the account of the tests of durable plugins, in a browser: its bank and its witness are the server. */
import { z } from "zod/mini";
import { indexedDbStore, opfsStore } from "../../../host/browser/mod.ts";
import { capability, contract, load, PluginError, type Store } from "../../../host/mod.ts";

export interface Life {
  readonly kind: "opfs" | "indexed-db";
  /** Of its store, and for the server. */
  readonly name: string;
  readonly durability?: "strict" | "relaxed";
  readonly wait?: boolean;
  /** Calls between two snapshots. @default 3 */
  readonly calls?: number;
}

const Account = contract("test:bank/account@1", {
  add: { params: [z.uint32()], returns: z.uint64() },
  exchange: { params: [z.uint32()], returns: z.uint64() },
  book: { params: [z.uint32()], returns: z.uint32() },
  bookTwice: { params: [z.uint32()], returns: z.uint64() },
  calls: { params: [], returns: z.uint32() },
  sum: { params: [], returns: z.uint64() },
});

/** Asks the server and stands still until it answers, be that never. */
export function ask(path: string): string {
  const request = new XMLHttpRequest();
  request.open("GET", path, false);
  request.send();
  return request.responseText;
}

/** @param until ends the waiting for it */
export function storeOf(
  { kind, name, durability = "strict", wait: waits = false, calls = 3 }: Life,
  until?: AbortSignal,
): Store {
  const wait = until ?? waits;
  const options = { durability, wait, checkpoint: { calls } };
  return kind === "opfs" ? opfsStore(name, options) : indexedDbStore(name, options);
}

const version = (name: string) => new URL(`/${name}.wasm`, location.origin);

export async function account(life: Life, name = "account") {
  const ledger = capability(
    "test:bank/ledger@1",
    {
      rate: { params: [], returns: z.uint32(), kind: "read" },
      book: {
        params: [z.uint32()],
        returns: z.uint32(),
        kind: "effect",
        ...(life.kind === "indexed-db" && { async: true }),
      },
      note: { params: [z.string()], kind: "post" },
    },
    ({ callId }) => ({
      rate: () => 3,
      book: (amount: number) =>
        Number(ask(`/book?life=${life.name}&id=${encodeURIComponent(callId())}&amount=${amount}`)),
      note: () => {},
    }),
  );
  return load(Account, version(name), { grant: [ledger], store: storeOf(life) });
}

/** Calls of every kind, snapshots between them, a swap, a rollback and the end; each answer is told to the server. */
export async function live(life: Life): Promise<void> {
  const plugin = await account(life);
  const { call } = plugin;
  const state = async () => ask(`/acknowledged?life=${life.name}`);
  ask(`/loaded?life=${life.name}`);
  for (const each of [
    () => call.add(1),
    () => call.exchange(10),
    () => call.book(1_000),
    () => call.bookTwice(5),
  ]) {
    await each();
    await state();
  }
  await plugin.swap(version("wider"), { probation: {} });
  await call.add(2);
  await state();
  await plugin.rollback();
  await call.exchange(7);
  await state();
  await plugin.swap(version("generous"));
  await call.add(4);
  await state();
  await plugin.close();
}

/** What another page finds, which then works on. */
export async function found(
  life: Life,
): Promise<{ sum: number; calls: number; next: number; warnings: readonly string[] }> {
  const another = (name: string) => (error: unknown) => {
    if (error instanceof PluginError && ["bad-store", "incompatible-state"].includes(error.code))
      return account(life, name);
    throw error;
  };
  const plugin = await account(life).catch(another("generous")).catch(another("wider"));
  const { call, warnings } = plugin;
  const [sum, calls] = [Number(await call.sum()), await call.calls()];
  const next = Number(await call.exchange(1));
  await plugin.close();
  return { sum, calls, next, warnings };
}

type Method = (...args: never[]) => unknown;

/** Asks the server before each write of a store. It may never answer, or let a write be torn first. */
export function watchWrites(life: Life): void {
  const watch = (
    prototype: object | undefined,
    names: readonly string[],
    torn?: (self: never, args: never[]) => void,
  ) => {
    if (!prototype) return;
    for (const name of names) {
      const methods = prototype as Record<string, Method>;
      const method = methods[name]!;
      methods[name] = function (this: never, ...args: never[]) {
        if (ask(`/write?life=${life.name}&op=${name}`) === "torn" && torn) {
          torn(this, args);
          ask(`/write?life=${life.name}&op=hang`);
        }
        return method.apply(this, args);
      };
    }
  };
  const { FileSystemSyncAccessHandle: Handle } = globalThis as {
    readonly FileSystemSyncAccessHandle?: { readonly prototype: { write: Method } };
  };
  const write = Handle?.prototype.write;
  const half = (self: never, args: never[]) => {
    const [bytes, options] = args as unknown as [Uint8Array, unknown];
    write!.call(self, bytes.subarray(0, bytes.length >> 1) as never, options as never);
  };
  watch(Handle?.prototype, ["write"], half);
  watch(Handle?.prototype, ["truncate", "flush"]);
  watch(IDBObjectStore.prototype, ["put", "add", "delete"]);
  watch(IDBTransaction.prototype, ["commit"]);
}
