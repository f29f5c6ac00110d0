/** What pages and their workers are told to do. */
import { PluginError } from "../../../host/mod.ts";
import { damaged as damage } from "./damage.ts";
import { account, found, live as goOn, type Life, storeOf, watchWrites } from "./life.ts";

type Account = Awaited<ReturnType<typeof account>>;
let held: Account | undefined;

/** A whole life, each write of which the server sees. */
async function live(life: Life): Promise<void> {
  watchWrites(life);
  await goOn(life);
}

/** Loads and keeps it. @returns its sum */
async function hold(life: Life): Promise<number> {
  held = await account(life);
  return Number(await held.call.sum());
}

async function add(n: number): Promise<number> {
  return Number(await held!.call.add(n));
}

async function addAtOnce(n: number): Promise<number> {
  return Number(held!.callSync.add(n));
}

async function release(): Promise<void> {
  await held!.close();
}

/** Takes the lock of the held account by force, as no page of moult's does. */
async function steal({ kind, name }: Life): Promise<void> {
  const key = `moult/${name} in ${kind === "opfs" ? "OPFS" : "IndexedDB"}`;
  await navigator.locks.request(key, { steal: true }, () => {});
}

/** Waits for the account as long as a signal lets it. @returns the refusal */
async function waitInVain(life: Life): Promise<string> {
  const store = storeOf(life, AbortSignal.timeout(50));
  return Promise.resolve(store.open()).then(
    () => "opened",
    ({ message }: PluginError) => message,
  );
}

const text = (value: string) => new TextEncoder().encode(value);
let store: ReturnType<typeof storeOf> | undefined;

/** A store without a plugin, with a record of a few bytes. */
async function begin(life: Life): Promise<void> {
  store = storeOf(life);
  await store.open();
  await store.begin(text("a snapshot"), text("head"));
  await store.append([text("first")]);
}

/** @returns what came of an append of eight megabytes */
async function appendMuch(): Promise<string> {
  const much = new Uint8Array(2 ** 23);
  try {
    await store!.append([text("much"), much]);
    return "appended";
  } catch (error) {
    return error instanceof PluginError ? `[${error.code}]` : String((error as Error).message);
  }
}

/** @returns its records after one more, shown */
async function appendLittle(): Promise<string[]> {
  await store!.append([text("last")]);
  const found = await store!.read();
  const shown: string[] = [];
  for await (const each of found!.records) shown.push(new TextDecoder().decode(each.subarray(0, 10)));
  await store!.close();
  return shown;
}

export const verbs = {
  ...{ live, found, hold, add, addAtOnce, release },
  ...{ damage, steal, waitInVain, begin, appendMuch, appendLittle },
};
export type Verb = keyof typeof verbs;
