/** The kind of a file, by its first bytes. */
export type FileKind =
  | "module"
  | "component"
  | "wasm of another version"
  | "snapshot"
  | "journal"
  | "unknown";

const WASM = [0x00, 0x61, 0x73, 0x6d];
const AVRO = [0x4f, 0x62, 0x6a, 0x01];
/** The first bytes of the journal in a durable plugin's store. */
const JOURNAL = [0x89, 0x4d, 0x4f, 0x55, 0x4c, 0x54, 0x0d, 0x0a];

export function fileKind(bytes: Uint8Array): FileKind {
  const begins = (magic: readonly number[]) => magic.every((byte, i) => bytes[i] === byte);
  if (begins(AVRO)) return "snapshot";
  if (begins(JOURNAL)) return "journal";
  if (!begins(WASM) || bytes.length < 8) return "unknown";
  // Two numbers of 16 bits: the version, and the layer, which is 1 for components.
  if (bytes[6] === 1 && bytes[7] === 0) return "component";
  return bytes[4] === 1 && bytes[5] === 0 && bytes[6] === 0 && bytes[7] === 0
    ? "module"
    : "wasm of another version";
}

/** A guess at a file that is neither a module nor a snapshot, for a message. */
export function whatItIs(bytes: Uint8Array): string {
  switch (fileKind(bytes)) {
    case "module":
      return "a WebAssembly module";
    case "component":
      return "a WebAssembly component, which jco and wasmtime run; moult loads core modules, such as the one in it";
    case "wasm of another version":
      return `WebAssembly of version ${bytes[4]! + bytes[5]! * 256}, which no engine loads; wanted 1`;
    case "snapshot":
      return "a snapshot, or another Avro file";
    case "journal":
      return "the journal of a durable plugin's store, which only its plugin reads";
    case "unknown":
      return unknown(bytes);
  }
}

function unknown(bytes: Uint8Array): string {
  if (bytes.length === 0) return "empty";
  const text = new TextDecoder().decode(bytes.subarray(0, 64)).trimStart();
  if (/^\((module|component)\b/.test(text)) return "WebAssembly's text form; make a binary of it first";
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) return "compressed with gzip; unpack it first";
  const hex = [...bytes.subarray(0, 8)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return `neither a WebAssembly module nor a snapshot: it begins with ${hex}`;
}
