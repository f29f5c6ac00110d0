/** A database of IndexedDB with promises, one transaction at a time. */
import { told } from "./shortage.ts";

/** A transaction, with a promise for each of its requests; nothing else may be awaited in it. */
export interface Work {
  get(store: string, key: IDBValidKey): Promise<unknown>;
  /** At most `count` values from a key on, in order, with their keys. */
  some(
    store: string,
    from: number,
    count: number,
  ): Promise<{ readonly keys: IDBValidKey[]; readonly values: unknown[] }>;
  put(store: string, key: IDBValidKey, value: unknown): void;
  /** Fails where the key is taken. */
  add(store: string, key: IDBValidKey, value: unknown): void;
  /** Removes the values from a key on. */
  cut(store: string, from: number): void;
  remove(store: string, key: IDBValidKey): void;
}

export class Database {
  readonly #db: IDBDatabase;
  #gone = false;

  private constructor(db: IDBDatabase) {
    this.#db = db;
    db.onclose = () => {
      this.#gone = true;
    };
  }

  /** Opens a database, and makes it with these stores if there is none. */
  static async open(name: string, stores: readonly string[]): Promise<Database> {
    const opening = indexedDB.open(name, 1);
    opening.onupgradeneeded = () => {
      for (const each of stores) opening.result.createObjectStore(each);
    };
    return new Database(await answered(opening));
  }

  get stores(): string[] {
    return [...this.#db.objectStoreNames];
  }

  /**
   * One transaction over all stores: all that it changes is kept, or nothing. Resolves when that is certain.
   *
   * @param durability of a transaction that writes; without one it reads
   */
  async work<T>(
    durability: IDBTransactionDurability | undefined,
    work: (in_: Work) => Promise<T>,
  ): Promise<T> {
    if (this.#gone) throw new Error("the browser closed it: the data of this site were removed");
    const mode = durability ? "readwrite" : "readonly";
    const transaction = this.#db.transaction(this.stores, mode, durability && { durability });
    const over = ended(transaction);
    // What the work throws comes first, and this is then the consequence.
    over.catch(() => {});
    try {
      const answer = await work(working(transaction));
      transaction.commit?.();
      await over;
      return answer;
    } catch (error) {
      abort(transaction);
      await over.catch(() => {});
      throw told(transaction.error ?? error);
    }
  }

  close(): void {
    this.#db.close();
  }
}

function working(transaction: IDBTransaction): Work {
  const at = (store: string) => transaction.objectStore(store);
  return {
    get: (store, key) => answered(at(store).get(key)),
    async some(store, from, count) {
      const range = IDBKeyRange.lowerBound(from);
      const [keys, values] = [at(store).getAllKeys(range, count), at(store).getAll(range, count)];
      return { keys: await answered(keys), values: await answered(values) };
    },
    put: (store, key, value) => void at(store).put(value, key),
    add: (store, key, value) => void at(store).add(value, key),
    cut: (store, from) => void at(store).delete(IDBKeyRange.lowerBound(from)),
    remove: (store, key) => void at(store).delete(key),
  };
}

function answered<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(told(request.error));
  });
}

function ended(transaction: IDBTransaction): Promise<void> {
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onabort = () => reject(told(transaction.error));
  });
}

function abort(transaction: IDBTransaction): void {
  try {
    transaction.abort();
  } catch {
    // It is over.
  }
}
