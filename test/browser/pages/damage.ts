/** Damage to stores of browsers, by the interfaces that any script of the site has. */
import type { Life } from "./life.ts";

export interface Damage extends Life {
  /**
   * `turn` a byte of what is named; `empty` it; or leave a `stranger` beside it. Of a database, `file` is the
   * number of a record, or `begun`.
   */
  readonly how: "turn" | "empty" | "stranger";
  readonly file: string;
  readonly at?: number;
}

export async function damaged(damage: Damage): Promise<void> {
  if (damage.kind === "opfs") await inFiles(damage);
  else await inDatabase(damage);
}

async function inFiles({ name, how, file, at = 0 }: Damage): Promise<void> {
  const root = await navigator.storage.getDirectory();
  const folder = await (await root.getDirectoryHandle("moult")).getDirectoryHandle(name);
  if (how === "stranger") return void (await folder.getFileHandle(file, { create: true }));
  const handle = await folder.getFileHandle(file);
  const bytes = new Uint8Array(await (await handle.getFile()).arrayBuffer());
  if (how === "turn") bytes[at]! ^= 255;
  const access = await (
    handle as unknown as {
      createSyncAccessHandle(): Promise<{
        truncate(size: number): void;
        write(bytes: Uint8Array): number;
        close(): void;
      }>;
    }
  ).createSyncAccessHandle();
  access.truncate(0);
  if (how === "turn") access.write(bytes);
  access.close();
}

async function inDatabase({ name, how, file, at = 0 }: Damage): Promise<void> {
  const done = <T>(request: IDBRequest<T>) =>
    new Promise<T>((resolve, reject) => {
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
  const db = await done(indexedDB.open(`moult/${name}`));
  const isBegun = file === "begun";
  const store = db.transaction(db.objectStoreNames, "readwrite").objectStore(isBegun ? "about" : "journal");
  const key = isBegun ? file : Number(file);
  if (how === "empty") await done(store.delete(key));
  else {
    const value = (await done(store.get(key))) as Uint8Array & { snapshot: Uint8Array };
    (isBegun ? value.snapshot : value)[at]! ^= 255;
    await done(store.put(value, key));
  }
  db.close();
}
