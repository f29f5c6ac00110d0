/** What a server of gRPC can be told. */
import type { Pem, TlsOptions } from "../remote/certificates.ts";
import type { TokenGrant, Tokens } from "../remote/tokens.ts";

/** A key and certificates, in PEM. */
export interface GrpcTls extends TlsOptions {
  /** Callers have to show a certificate that one of these signed. @default none is asked for */
  readonly ca?: Pem | readonly Pem[];
}

export interface GrpcOptions {
  /** @default 0: one that is free */
  readonly port?: number;
  /** The address to listen at. Others than this machine's own want a `token`, or `tls` with a `ca`. @default "127.0.0.1" */
  readonly host?: string;
  /**
   * Who sends it as a bearer token in `authorization` may call; several may be valid at a time. One with `verbs` may
   * where those have `call`: nothing else is done over gRPC.
   * @default none is asked for
   */
  readonly token?: string | TokenGrant | readonly (string | TokenGrant)[];
  /** @default neither encrypted nor checked */
  readonly tls?: GrpcTls;
  /** Bytes of a message, of memory that its arguments take, and of an answer. @default 4_194_304, as for all of gRPC */
  readonly maxBytes?: number;
  /** Bytes of messages that are being read and answers that are being sent, of all callers. @default 268_435_456 */
  readonly maxHeldBytes?: number;
  /** Calls that are under way or wait. @default 1_000 */
  readonly maxCalls?: number;
  /** @default 1_000 */
  readonly maxConnections?: number;
  /** Milliseconds in which a call's message has to come, and an answer to be taken. @default 30_000 */
  readonly requestTimeout?: number;
  /** Whether those who may call may ask for the `.proto`, as grpcurl and Postman do. @default true */
  readonly reflection?: boolean;
}

/** As the server has them. */
export interface GrpcServerOptions extends Required<Omit<GrpcOptions, "token" | "tls">> {
  readonly tls: CheckedTls | undefined;
  readonly tokens: Tokens;
}

/** Texts in PEM. */
export interface CheckedTls {
  readonly key: string;
  readonly cert: string;
  readonly ca?: string;
}
