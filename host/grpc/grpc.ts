/** gRPC: callers with clients made from a `.proto`, in any language. */
import { PluginError } from "../errors.ts";
import { checkAmount } from "../option.ts";
import { checkedAuthorities, checkedTls } from "../remote/certificates.ts";
import { isOwn } from "../remote/own-address.ts";
import type { Transport } from "../remote/serve.ts";
import { Tokens } from "../remote/tokens.ts";
import { checkTime } from "../timer.ts";
import type { CheckedTls, GrpcOptions, GrpcTls } from "./grpc-options.ts";

const DEFAULTS = {
  port: 0,
  host: "127.0.0.1",
  maxBytes: 2 ** 22,
  maxHeldBytes: 2 ** 28,
  maxCalls: 1_000,
  maxConnections: 1_000,
  requestTimeout: 30_000,
  reflection: true,
} as const;
/** The largest message that fits into the length before it, and into one that is read at a time. */
const MOST = 2 ** 31 - 1;

/** Serves over gRPC, in Node. @throws PluginError `argument` */
export function grpc(options: GrpcOptions = {}): Transport {
  const given = { ...DEFAULTS, ...options };
  const { host, port, maxBytes, maxCalls, maxHeldBytes } = given;
  checkAmount(port, "port", "a port from 0 to 65535", 65_535);
  for (const name of ["maxBytes", "maxHeldBytes"] as const)
    checkAmount(given[name], name, `bytes from 0 to ${MOST}`, MOST);
  for (const name of ["maxCalls", "maxConnections"] as const)
    checkAmount(given[name], name, "a number from 0 up");
  if (maxHeldBytes < maxBytes)
    throw new PluginError(
      "argument",
      `could not use maxHeldBytes: ${maxHeldBytes} is less than maxBytes, ${maxBytes}`,
    );
  checkTime(given.requestTimeout, "requestTimeout");
  const tls = options.tls === undefined ? undefined : checked(options.tls);
  const tokens = new Tokens(options.token);
  if (!tokens.any && tls?.ca === undefined && !isOwn(host)) {
    const why = `everybody who reaches ${host} could call it; say a token, a tls.ca, or listen at 127.0.0.1`;
    throw new PluginError("argument", `could not serve over gRPC: ${why}`);
  }
  return {
    maxBytes,
    maxCalls,
    listen: async (service) => {
      const { listen } = await import("./grpc-server.ts").catch((cause) => Promise.reject(absent(cause)));
      return listen(service, { ...given, tls, tokens });
    },
  };
}

/** @throws PluginError `argument` */
function checked({ ca, ...pair }: GrpcTls): CheckedTls {
  const own = checkedTls(pair);
  return ca === undefined ? own : { ...own, ca: checkedAuthorities(ca).join("\n") };
}

/** Packages that only those install who serve over gRPC. */
const PACKAGES = "@grpc/grpc-js @grpc/proto-loader @grpc/reflection grpc-health-check protobufjs";

function absent(cause: unknown): unknown {
  if ((cause as { readonly code?: unknown }).code !== "ERR_MODULE_NOT_FOUND") return cause;
  const found = /package '([^']+)'/.exec((cause as Error).message)?.[1] ?? "a package";
  return new PluginError(
    "unavailable",
    `could not serve over gRPC: ${found} is not installed: npm install ${PACKAGES}`,
    { cause },
  );
}
