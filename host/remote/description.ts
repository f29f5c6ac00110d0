/** What a server says of the plugin that it serves, and how its callers read it. */
import * as z from "zod/mini";
import {
  AbiError,
  type FunctionType,
  kebabCase,
  type Manifest,
  type ManifestFunction,
  match,
  parseManifest,
  type ValueType,
} from "../../abi/tools.ts";
import { PluginError } from "../errors.ts";
import type { Plugin } from "../plugin.ts";
import { PROTOCOL } from "./protocol.ts";

export interface Description {
  readonly moult: typeof PROTOCOL;
  /** Name, version, interface and exports, as a module's manifest has them. */
  readonly plugin: Manifest;
  /** The number of the generation that serves. */
  readonly generation: number;
}

const outline = z.object({ moult: z.int(), plugin: z.unknown(), generation: z.int() });

export function describe(plugin: Plugin): Description {
  const { interface: own, functions } = plugin.contract;
  const exports = [...functions].map(([key, type]): ManifestFunction => {
    const { docs } = type as Partial<ManifestFunction>;
    return { name: kebabCase(key), ...bareFunction(type), ...(docs !== undefined && { docs }) };
  });
  const [major = 0, minor = 0, patch = 0] = own.version;
  return {
    moult: PROTOCOL,
    plugin: {
      name: plugin.name,
      version: plugin.version,
      strings: "utf16",
      interface: `${own.path}@${major}.${minor}.${patch}`,
      exports,
      imports: [],
    },
    generation: plugin.generation,
  };
}

/** A function without what a contract wants of it in JavaScript, and without names that are no names in WIT. */
export function bareFunction({ params, result }: FunctionType): FunctionType {
  const named = params.map(({ name, type }) => ({
    name: /^\d/.test(name) ? `p${name}` : name,
    type: bare(type),
  }));
  return { params: named, ...(result !== undefined && { result: bare(result) }) };
}

/** A type without what a contract wants of it in JavaScript: those are each caller's own. */
export function bare(type: ValueType): ValueType {
  const own = (each: ValueType | undefined) => (each === undefined ? undefined : bare(each));
  return match<ValueType>(type, {
    primitive: (name) => name,
    list: ({ list, length }) => ({ list: bare(list), ...(length !== undefined && { length }) }),
    record: ({ record, name }) => ({
      record: record.map((field) => ({ name: field.name, type: bare(field.type) })),
      ...(name !== undefined && { name }),
    }),
    tuple: ({ tuple }) => ({ tuple: tuple.map(bare) }),
    option: ({ option }) => ({ option: bare(option) }),
    result: ({ result: { ok, err } }) => ({ result: { ...sided("ok", own(ok)), ...sided("err", own(err)) } }),
    enum: (each) => each,
    flags: (each) => each,
    variant: ({ variant, ...more }) => ({
      ...more,
      variant: variant.map(({ type: inner, ...each }) => ({ ...each, ...sided("type", own(inner)) })),
    }),
    map: ({ map: [key, value] }) => ({ map: [bare(key), bare(value)] }),
  });
}

function sided<K extends string>(key: K, type: ValueType | undefined): Partial<Record<K, ValueType>> {
  return type === undefined ? {} : ({ [key]: type } as Record<K, ValueType>);
}

/** @throws PluginError `bad-peer` for what is no description */
export function readDescription(json: unknown, from: string): Description {
  const parsed = outline.safeParse(json);
  if (!parsed.success) throw stranger(from, "it is no description of a plugin");
  const { moult, generation } = parsed.data;
  if (moult !== PROTOCOL)
    throw stranger(from, `it speaks version ${moult} of the protocol, wanted ${PROTOCOL}`);
  try {
    const plugin = parseManifest(new TextEncoder().encode(JSON.stringify(parsed.data.plugin)));
    return { moult, plugin, generation };
  } catch (cause) {
    if (!(cause instanceof AbiError)) throw cause;
    throw stranger(from, cause.message, cause);
  }
}

function stranger(from: string, why: string, cause?: unknown): PluginError {
  const text = `could not connect to ${from}: what it says of its plugin cannot be used: ${why}`;
  return new PluginError("bad-peer", text, { cause });
}
