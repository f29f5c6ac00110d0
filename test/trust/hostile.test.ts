/** Signatures of hostile shapes, keys of every kind, and engines that cannot check. */
import { webcrypto } from "node:crypto";
import fc from "fast-check";
import { afterEach, describe, expect, test, vi } from "vitest";
import { Malformed } from "../../abi/wasm/malformed.ts";
import { readSignatures, withSignatures } from "../../abi/wasm/signatures.ts";
import * as web from "../../host/trust/ed25519.ts";
import * as node from "../../host/trust/ed25519-node.ts";
import { der } from "../../host/trust/key-bytes.ts";
import { keyIdOf, newKeys, publicKeyOf, sign, verify } from "../../host/trust/mod.ts";
import { refused } from "../faults/guest.ts";
import { DETACHED, ONE, signed, TWO } from "./vectors.ts";

afterEach(() => void vi.unstubAllGlobals());

const KIND = [1, 1, 1];
const HASH = new Array(32).fill(7);
const set = (...bytes: number[]) => [...KIND, 1, bytes.length, ...bytes];
const keys = [ONE.public];
const { privateKey: PRIVATE } = await newKeys();

describe("signatures of a hostile shape are refused, with the byte", () => {
  const rows: readonly (readonly [what: string, bytes: readonly number[], message: string])[] = [
    ["nothing", [], "at byte 0: found the end, wanted a byte"],
    ["another version", [2, 1, 1, 0], "at byte 0: found 2, wanted 1: another format of signatures"],
    ["another content", [1, 2, 1, 0], "at byte 1: found 2, wanted 1: another format of signatures"],
    ["another hash", [1, 1, 2, 0], "at byte 2: found 2, wanted 1: another format of signatures"],
    [
      "very many sets",
      [...KIND, 0xff, 0xff, 0xff, 0xff, 15],
      "at byte 3: found 4294967295 sets of hashes; at most 16 are read",
    ],
    ["more sets than bytes", [...KIND, 9, 1, 2], "at byte 3: found 9 sets of hashes, but 2 bytes are left"],
    ["a long number", [...KIND, 0x80, 0], "at byte 3: found 0 in more bytes than it takes"],
    [
      "a number without end",
      [...KIND, 0x80, 0x80, 0x80, 0x80, 0x80, 1],
      "at byte 3: found a number of more than 32 bits",
    ],
    ["a set that is cut off", [...KIND, 1, 90, 1, 2], "at byte 5: found a set of 90 bytes, but 2 are left"],
    ["a set without hashes", set(0, 0, 0), "at byte 5: found a set without hashes"],
    ["very many hashes", set(0xff, 0xff, 3, 0), "at byte 5: found 65535 hashes; at most 64 are read"],
    ["a hash that is cut off", set(1, 7, 7, 7), "at byte 5: found 1 hashes, but 3 bytes are left"],
    [
      "very many signatures",
      set(1, ...HASH, 0xff, 0x7f),
      "at byte 38: found 16383 signatures; at most 64 are read",
    ],
    [
      "a signature that is cut off",
      set(1, ...HASH, 1, 90, 0, 1, 0),
      "at byte 40: found a signature of 90 bytes, but 3 are left",
    ],
    [
      "a key ID without end",
      set(1, ...HASH, 1, 5, 0xff, 0xff, 3, 1, 0),
      "at byte 40: found a key ID of 65535 bytes; at most 4096 are read",
    ],
    [
      "Ed25519 of no bytes",
      set(1, ...HASH, 1, 3, 0, 1, 0),
      "at byte 42: found an Ed25519 signature of 0 bytes, wanted 64",
    ],
    [
      "bytes behind a signature",
      set(1, ...HASH, 1, 4, 0, 9, 0, 5),
      "at byte 43: found 1 unused bytes at the end of a signature",
    ],
    ["bytes behind a set", set(1, ...HASH, 0, 5), "at byte 39: found 1 unused bytes at the end of a set"],
    [
      "bytes behind all",
      [...set(1, ...HASH, 0), 5],
      "at byte 39: found 1 unused bytes at the end of the signatures",
    ],
    [
      "more than is read",
      new Array(65_537).fill(1),
      "at byte 0: found 65537 bytes of signatures; at most 65536 are read",
    ],
  ];
  test.each(rows)("%s", async (_, bytes, message) => {
    const module = withSignatures(signed("unsigned"), Uint8Array.from(bytes));
    expect(await refused(verify(module, { keys }))).toBe(
      `[bad-signature] could not load the module: its signatures cannot be read: ${message}`,
    );
    expect(await refused(verify(signed("unsigned"), { keys, signature: Uint8Array.from(bytes) }))).toBe(
      `[bad-signature] could not load the module: the detached signature 1 cannot be read: ${message}`,
    );
  });

  test("65 signatures in two sets", async () => {
    const { writeSignatures } = await import("../../abi/wasm/signatures.ts");
    const one = { keyId: new Uint8Array(0), algorithm: 9, bytes: new Uint8Array(0) };
    const sets = [33, 32].map((n) => ({ hashes: [new Uint8Array(32)], signatures: new Array(n).fill(one) }));
    expect(() => readSignatures(writeSignatures(sets))).toThrow(
      "found 65 signatures in all sets; at most 64 are read",
    );
  });

  test("random bytes, and signatures that random bytes are put into: read or Malformed, never believed", async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 80 }), fc.nat(DETACHED.length), async (bytes, at) => {
        const spliced = Uint8Array.from([
          ...DETACHED.subarray(0, at),
          ...bytes,
          ...DETACHED.subarray(at + bytes.length),
        ]);
        for (const each of [bytes, spliced]) {
          if (Buffer.compare(each, DETACHED) === 0) continue;
          try {
            readSignatures(each);
          } catch (error) {
            expect(error).toBeInstanceOf(Malformed);
          }
          expect(await refused(verify(signed("unsigned"), { keys, signature: each }))).toMatch(
            /^\[(untrusted|bad-signature)\]/,
          );
        }
      }),
      { numRuns: 300 },
    );
  });
});

describe("a public key", () => {
  const raw = Buffer.from(ONE.public.subarray(1));
  const spki = Buffer.concat([Buffer.from("302a300506032b6570032100", "hex"), raw]);
  const pem = `-----BEGIN PUBLIC KEY-----\n${spki.toString("base64")}\n-----END PUBLIC KEY-----\n`;

  test.each([
    ["32 bytes", raw],
    ["wasmsign2's 33", ONE.public],
    ["SPKI", spki],
    ["PEM", pem],
    ["PEM with the line ends of Windows", pem.replaceAll("\n", "\r\n")],
    ["base64", raw.toString("base64")],
    ["base64url", raw.toString("base64url")],
    ["hexadecimal", raw.toString("hex").toUpperCase()],
    ["a line of a file", `${ONE.public.length ? Buffer.from(ONE.public).toString("base64") : ""}\n`],
  ])("may be %s", async (_, key) => {
    expect(await keyIdOf(key)).toBe(ONE.id);
    expect((await verify(signed("named"), { keys: [key] })).map(({ publicKey }) => publicKey)).toEqual([
      raw.toString("base64"),
    ]);
  });

  const wanted =
    "wanted an Ed25519 public key: PEM (BEGIN PUBLIC KEY), or its 32 bytes, also in base64 or hexadecimal";
  const rows: readonly (readonly [what: unknown, found: string])[] = [
    [PRIVATE, "PEM of a private key"],
    [Buffer.from(ONE.privateKey, "base64"), "a private key"],
    [ONE.privateKey, "a private key"],
    ["-----BEGIN RSA PUBLIC KEY-----\nAAAA\n-----END RSA PUBLIC KEY-----", 'PEM of "RSA PUBLIC KEY"'],
    ["-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----", 'PEM of "CERTIFICATE"'],
    [`${pem}${pem}`, "PEM that cannot be read, or has more than one part"],
    [
      `-----BEGIN PUBLIC KEY-----\n${Buffer.from([0x30, 1, 2]).toString("base64")}\n-----END PUBLIC KEY-----`,
      "3 bytes: a key of another algorithm, perhaps",
    ],
    ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI me", "an OpenSSH key"],
    ["", "a text of 0 characters"],
    ["my key", "a text of 6 characters"],
    ["x".repeat(5_000), "a text of 5000 characters"],
    [new Uint8Array(31), "31 bytes"],
    [null, "null"],
    [{}, "a value of type object"],
    [new Uint8Array(32), "a key that anyone can sign for: a point of small order"],
    [
      Uint8Array.from({ length: 32 }, (_, i) => (i === 0 ? 1 : i === 31 ? 0x80 : 0)),
      "a key that anyone can sign for: a point of small order",
    ],
  ];
  test.each(rows)("may not be %o", async (key, found) => {
    expect(await refused(verify(signed("named"), { keys: [key as string] }))).toBe(
      `[argument] could not use trust.keys[0]: found ${found}, ${wanted}`,
    );
  });
});

describe("a private key", () => {
  const seed = Buffer.from(ONE.seed, "hex");
  const pkcs8 = Buffer.concat([Buffer.from("302e020100300506032b657004220420", "hex"), seed]);

  test.each([
    ["seed", seed],
    ["seed and public key", Buffer.concat([seed, ONE.public.subarray(1)])],
    ["wasmsign2's", Buffer.from(ONE.privateKey, "base64")],
    ["PKCS #8", pkcs8],
    [
      "PKCS #8 with the public key",
      Buffer.concat([
        Buffer.from("3051020101300506032b657004220420", "hex"),
        seed,
        Buffer.from("812100", "hex"),
        ONE.public.subarray(1),
      ]),
    ],
    ["PEM", `-----BEGIN PRIVATE KEY-----\n${pkcs8.toString("base64")}\n-----END PRIVATE KEY-----\n`],
    ["hexadecimal", seed.toString("hex")],
    ["base64", seed.toString("base64")],
  ])("may be %s", async (_, key) => {
    expect(await sign(signed("unsigned"), { key })).toEqual(signed("named"));
    expect(await keyIdOf(await publicKeyOf(key))).toBe(ONE.id);
  });

  test("may be a function, and a signer elsewhere", async () => {
    expect(await sign(signed("unsigned"), { key: async () => ONE.seed })).toEqual(signed("named"));
    const signer = { publicKey: ONE.public, sign: (message: Uint8Array) => node.signatureOf(pkcs8, message) };
    expect(await sign(signed("unsigned"), { key: signer })).toEqual(signed("named"));
    expect(await refused(sign(signed("unsigned"), { key: { ...signer, publicKey: TWO.public } }))).toBe(
      `[argument] could not use key.sign: found 64 bytes that are no signature of the key ${TWO.id}, wanted a signature`,
    );
    const broken = () => Promise.reject(new Error("no card"));
    expect(await refused(sign(signed("unsigned"), { key: broken }))).toBe(
      "[argument] could not use key: it threw: no card",
    );
  });

  test.each([
    [
      "-----BEGIN OPENSSH PRIVATE KEY-----\nc2VjcmV0\n-----END OPENSSH PRIVATE KEY-----",
      'PEM of "OPENSSH PRIVATE KEY"',
    ],
    [
      "-----BEGIN ENCRYPTED PRIVATE KEY-----\nc2VjcmV0\n-----END ENCRYPTED PRIVATE KEY-----",
      'PEM of "ENCRYPTED PRIVATE KEY"',
    ],
    [ONE.public, "a public key"],
    ["hunter2 secret", "a text of 14 characters"],
    [undefined, "a value of type undefined"],
  ])("is not %o, and nothing of it is in the error", async (key, found) => {
    const message = await refused(sign(signed("unsigned"), { key: key as string }));
    expect(message).toBe(
      `[argument] could not use key: found ${found}, wanted an Ed25519 private key: PEM (BEGIN PRIVATE KEY), or its seed of 32 bytes, also in base64 or hexadecimal`,
    );
    expect(message).not.toContain("c2VjcmV0");
  });

  test("is new each time", async () => {
    const [one, other] = [await newKeys(), await newKeys()];
    expect(one.privateKey).not.toBe(other.privateKey);
    expect(await publicKeyOf(one.privateKey)).toBe(one.publicKey);
    const module = await sign(signed("unsigned"), { key: one.privateKey });
    expect(await verify(module, { keys: [one.publicKey] })).toHaveLength(1);
    expect(await refused(verify(module, { keys: [other.publicKey] }))).toMatch(/^\[untrusted\]/);
  });
});

test.each([
  [
    new Uint8Array(0),
    "[not-wasm] could not load the module: its 0 bytes do not begin as a WebAssembly module",
  ],
  [
    Uint8Array.of(0, 0x61, 0x73, 0x6d, 0x0d, 0, 1, 0),
    "[component] could not load the module: it is a WebAssembly component; wanted a core module",
  ],
  [
    Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 77, 0),
    "[invalid-module] could not load the module: its sections cannot be read: at byte 8: found a section of the unknown kind 77",
  ],
])("bytes that are no module are neither signed nor verified", async (bytes, message) => {
  expect(await refused(sign(bytes, { key: ONE.seed }))).toBe(message);
  expect(await refused(verify(bytes, { keys }))).toBe(message);
});

test.each(["a.wasm", undefined, new ArrayBuffer(8), {}])("%o is no bytes of a module", async (module) => {
  const message =
    /^\[argument\] could not use the module: found .*, wanted the bytes of a module, a Uint8Array$/;
  expect(await refused(sign(module as never, { key: ONE.seed }))).toMatch(message);
  expect(await refused(verify(module as never, { keys }))).toMatch(message);
});

describe("Ed25519 of the engine", () => {
  const message = new TextEncoder().encode("a message");
  const seed = der(Buffer.from(ONE.seed, "hex"), "private");
  const key = der(ONE.public.subarray(1), "public");

  test("is the same by Web Cryptography and by Node's", async () => {
    vi.stubGlobal("crypto", webcrypto);
    const made = await web.signatureOf(seed, message);
    expect(made).toEqual(await node.signatureOf(seed, message));
    expect(await web.publicOf(seed)).toEqual(await node.publicOf(seed));
    for (const { verifies } of [web, node]) {
      expect(await verifies(key, message, made)).toBe(true);
      const other = made.slice();
      other[40]! ^= 1;
      expect(await verifies(key, message, other)).toBe(false);
    }
  });

  test("is missed on a page that is not secure", async () => {
    vi.stubGlobal("crypto", {});
    await expect(web.verifies(key, message, new Uint8Array(64))).rejects.toThrow(
      "crypto.subtle is only there on secure pages (https, or localhost)",
    );
  });
});
