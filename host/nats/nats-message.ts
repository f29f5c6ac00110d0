/** Messages in NATS: their headers, ours among them, and the subjects that they go to. */
import { headers, type Msg, type MsgHdrs } from "@nats-io/transport-node";
import type { Message } from "../fabric/fabric.ts";
import { areHeaders } from "../fabric/message.ts";

/** Our own headers. Those of messages have small letters. */
export const FAILED = "Moult-Error";
/** How long callers of an older moult wait: those of today say it in the reply. */
export const TIMEOUT = "Moult-Timeout";
/** No handler had the message. */
export const NOBODY = "unserved";

export interface Subjects {
  /** @param instance the one that alone takes it. @default the queue group */
  of(subject: string, instance?: string): string;
  /** All instances that serve it answer with what they are called. */
  asking(subject: string): string;
}

/** @param name the cluster's. No subject of others begins with `_` */
export function subjectsOf(name: string): Subjects {
  return {
    of: (subject, instance) =>
      instance === undefined ? `${name}.${subject}` : `${name}._on.${instance}.${subject}`,
    asking: (subject) => `${name}._who.${subject}`,
  };
}

/** @returns nothing for a message without headers */
export function headersOf(message: Message): MsgHdrs | undefined {
  if (!message.headers) return undefined;
  const own = headers();
  for (const [name, value] of Object.entries(message.headers)) own.set(name, value);
  return own;
}

/** A message of a peer's, with those of its headers that a message may have. */
export function messageOf(message: Msg): Message {
  const bytes: Uint8Array = new Uint8Array(message.data);
  if (!message.headers) return { bytes };
  const found = [...message.headers].map(([name, [value = ""]]) => [name, value] as const);
  const own = found.filter(([name, value]) => areHeaders({ [name]: value }));
  if (own.length === 0) return { bytes };
  const all = Object.fromEntries(own);
  return areHeaders(all) ? { bytes, headers: all } : { bytes };
}
