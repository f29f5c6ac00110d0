/** Reads a URL where there is a file system: `file:` URLs from disk, all others by `fetch`. */
import { type FileHandle, open } from "node:fs/promises";
import { allocating } from "../allocation.ts";
import { PluginError } from "../errors.ts";
import { Intake, type Reading, tooLarge } from "./intake.ts";
import { read as fetched } from "./read.ts";

/** Bytes of one read, where the size of the file is unknown. */
const CHUNK = 65_536;

/** @throws PluginError `not-found`; `unavailable` when trying later may help; `too-large` */
export async function read(url: URL, reading: Reading): Promise<Uint8Array> {
  if (url.protocol !== "file:") return fetched(url, reading);
  let file: FileHandle | undefined;
  try {
    file = await open(url);
    return await bytesOf(file, reading);
  } catch (cause) {
    if (cause instanceof PluginError) throw cause;
    reading.signal.throwIfAborted();
    const { code, message } = cause as NodeJS.ErrnoException;
    if (code === "ENOENT")
      throw new PluginError("not-found", `could not read ${reading.from}: there is no such file`, { cause });
    throw new PluginError("unavailable", `could not read ${reading.from}: ${message}`, { cause });
  } finally {
    await file?.close();
  }
}

async function bytesOf(file: FileHandle, reading: Reading): Promise<Uint8Array> {
  const { size } = await file.stat();
  if (size > reading.most) throw tooLarge(reading, size);
  const intake = new Intake(reading);
  // One byte more than the size, so that the end of the file is found in the same read.
  for (let room = Math.max(size + 1, CHUNK); ; room = CHUNK) {
    const chunk = allocating(`${room} bytes for a module`, () => new Uint8Array(room));
    const filled = await fill(file, chunk, reading.signal);
    intake.add(chunk.subarray(0, filled));
    if (filled < room) return intake.all();
  }
}

/** @returns the bytes that were read: at the end of the file, fewer than there is room for */
async function fill(file: FileHandle, chunk: Uint8Array, signal: AbortSignal): Promise<number> {
  for (let filled = 0; ; ) {
    signal.throwIfAborted();
    const { bytesRead } = await file.read(chunk, filled, chunk.length - filled);
    filled += bytesRead;
    if (bytesRead === 0 || filled === chunk.length) return filled;
  }
}
