/** The functions of a plugin as methods of gRPC: bytes come in, and bytes go out. */
import type {
  handleUnaryCall,
  ServerUnaryCall,
  ServiceDefinition,
  UntypedServiceImplementation,
} from "@grpc/grpc-js";
import { PluginError } from "../errors.ts";
import { RequestSignal } from "../remote/request-signal.ts";
import type { CallOrigin, Service } from "../remote/service.ts";
import { readTrace } from "../remote/trace.ts";
import { type MessageCodec, messageCodec } from "./message-codec.ts";
import { answerOf, type ProtoFile } from "./proto.ts";
import { failed } from "./status.ts";

export interface Methods {
  readonly definition: ServiceDefinition;
  readonly implementation: UntypedServiceImplementation;
}

const same = (bytes: Buffer) => bytes;

/** @param maxBytes of memory that the arguments of a call may take */
export function methodsOf(service: Service, file: ProtoFile, maxBytes: number): Methods {
  const full = `${file.package}.${file.service}`;
  const keys = [...service.plugin.contract.functions];
  const definition: Record<string, ServiceDefinition[string]> = {};
  const implementation: UntypedServiceImplementation = {};
  for (const [i, { name, error }] of file.methods.entries()) {
    const [key, type] = keys[i]!;
    const { answer, err } = answerOf(type);
    const value = (of: typeof answer) => (of === undefined ? [] : [{ name: "value", type: of }]);
    definition[name] = {
      path: `/${full}/${name}`,
      requestStream: false,
      responseStream: false,
      requestSerialize: same,
      requestDeserialize: same,
      responseSerialize: same,
      responseDeserialize: same,
    };
    implementation[name] = method(service, {
      key,
      maxBytes,
      args: messageCodec(type.params, "the arguments", "parameter "),
      ok: messageCodec(value(answer), "the answer", "its "),
      err: messageCodec(value(err), "the err", "its "),
      errName: error && `${file.package}.${error}`,
    });
  }
  return { definition, implementation };
}

interface Called {
  readonly key: string;
  readonly maxBytes: number;
  readonly args: MessageCodec;
  readonly ok: MessageCodec;
  readonly err: MessageCodec;
  /** The full name of the err's message. */
  readonly errName: string | undefined;
}

function method(service: Service, called: Called): handleUnaryCall<Buffer, Buffer> {
  const { key, args, ok, err, errName, maxBytes } = called;
  return async (call, answerTo) => {
    const from = originOf(call);
    const answer: typeof answerTo = (...given) => {
      from.isOver = true;
      answerTo(...given);
    };
    try {
      const form = {
        args: () => args.read(call.request, maxBytes),
        ok: (value: unknown) => ok.write([value]),
        err: (value: unknown) => err.write([value]),
      };
      const outcome = await service.callAs(key, form, from);
      if ("err" in outcome) {
        const bytes = outcome.err ?? new Uint8Array(0);
        answer(failed(outcome.error, { err: errName === undefined ? undefined : { type: errName, bytes } }));
      } else answer(null, bounded(outcome.answer!, maxBytes));
    } catch (error) {
      answer(failed(error));
    }
  };
}

/** One for all: an error of its own would cost each call more than its arguments do. */
const LEFT = new Error("its caller has left");

/** A caller leaves by itself, or by its deadline. */
function originOf(call: ServerUnaryCall<Buffer, Buffer>): CallOrigin & { isOver: boolean } {
  const leaving = new RequestSignal();
  if (call.cancelled) leaving.abort(LEFT);
  const trace = readTrace((name) => call.metadata.get(name)[0]);
  const from = { signal: leaving, trace, isOver: false };
  // It is told of calls that were answered, too.
  call.once("cancelled", () => from.isOver || leaving.abort(LEFT));
  return from;
}

/** @throws PluginError `too-large` for an answer that is */
function bounded(bytes: Uint8Array, most: number): Buffer {
  const { length, buffer, byteOffset } = bytes;
  if (length <= most) return Buffer.from(buffer, byteOffset, length);
  const why = `found ${length} bytes, wanted at most ${most} (maxBytes); the plugin was called`;
  throw new PluginError("too-large", `could not send the answer: ${why}`);
}
