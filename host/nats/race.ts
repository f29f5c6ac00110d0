/**
 * Races of those who change a key at once, in a cluster of servers before 2.9.21: such a server compares what a writer
 * expects when it takes the message, and not when the cluster has agreed on it, so that both of two win. What expects
 * the same change gets the same name here, and a name is stored once.
 */
import { JetStreamApiCodes, JetStreamApiError, type JetStreamClient, PubHeaders } from "@nats-io/jetstream";
import type { ServerInfo } from "@nats-io/transport-node";

/** The first that compares again. */
const MENDED = [2, 9, 21] as const;

/** Whether both of two writers may win. */
export function isRacy({ cluster, version }: Pick<ServerInfo, "cluster" | "version">): boolean {
  if (!cluster) return false;
  const found = version.split(".").map((each) => Number.parseInt(each, 10));
  const at = MENDED.findIndex((each, i) => found[i] !== each);
  return at >= 0 && (found[at] ?? 0) < MENDED[at]!;
}

/** Another writer that expected the same was quicker. */
export class Overtaken extends Error {
  override readonly name = "Overtaken";
}

/** Lets one of those win who publish what expects the same last change of a subject. */
export function settleRaces(js: JetStreamClient): void {
  const publish = js.publish.bind(js);
  js.publish = async (subject, payload, options) => {
    const { headers } = options ?? {};
    const expected = Number(headers?.get(PubHeaders.ExpectedLastSubjectSequenceHdr));
    // That there is none is compared by all servers when it counts.
    if (!headers || !(expected > 0)) return publish(subject, payload, options);
    headers.set(PubHeaders.MsgIdHdr, `${subject} ${expected}`);
    const acknowledged = await publish(subject, payload, options);
    if (acknowledged.duplicate) throw new Overtaken(`another one changed ${subject} after ${expected}`);
    return acknowledged;
  };
}

/** Whether another one was quicker. */
export function isConflict(error: unknown): boolean {
  if (error instanceof Overtaken) return true;
  if (!(error instanceof JetStreamApiError)) return false;
  const { StreamWrongLastSequence, StreamWrongLastSequenceUnknown } = JetStreamApiCodes;
  return error.code === StreamWrongLastSequence || error.code === StreamWrongLastSequenceUnknown;
}
