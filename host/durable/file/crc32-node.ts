/** CRC-32, from zlib. For Node, Deno and Bun. */
export { crc32 } from "node:zlib";
