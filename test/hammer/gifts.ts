/** What the host gave to guests, held against what calls have to ask for. */
import { isEffect } from "./ledger.ts";
import { type Ask, kindOf } from "./op.ts";
import type { Call, Gift, Trail } from "./trail.ts";

interface Asker {
  /** The instance in which the call ran to its end. */
  readonly by: number;
  /** It asks for no effect. */
  readonly idle: boolean;
  /** Whether an instance ever served. */
  readonly served: (by: number) => boolean;
}

/**
 * What a call was given where it ran to its end: reads by that instance, and effects by the one that did them first.
 *
 * @returns a text when that is not what it has to ask for
 */
export function gotOf({ id, op }: Call, trail: Trail, { by, idle, served }: Asker): number[] | string {
  const gifts = (trail.gifts.get(id) ?? []).filter((gift) => served(gift.by));
  const left = gifts.filter((gift) => gift.by === by || isEffect(gift.ask));
  const got: number[] = [];
  for (const ask of kindOf(op).asks) {
    if (idle && isEffect(ask)) {
      got.push(0);
      continue;
    }
    const at = left.findIndex((gift) => gift.ask === ask);
    if (at === -1) return `call ${id}, ${op}, was acknowledged, and its ${ask} was never asked for`;
    got.push(left.splice(at, 1)[0]!.value);
  }
  if (left.length === 0) return got;
  return `call ${id}, ${op}, was acknowledged, and was given too much: ${told(left)}`;
}

/** Effects that copies did, or that were done twice. */
export function giftProblems({ gifts, calls }: Trail, served: (by: number) => boolean): string[] {
  const problems: string[] = [];
  for (const [id, all] of gifts) {
    const effects = all.filter(({ ask }) => isEffect(ask));
    const call = calls.get(id);
    const copied = effects.filter(({ by }) => !served(by));
    if (copied.length > 0 || (effects.length > 0 && !call)) {
      problems.push(`call ${id}: an effect was done by what does not serve: ${told(effects)}`);
      continue;
    }
    if (!call) continue;
    const wanted = kindOf(call.op).asks.filter(isEffect).length;
    const names = new Set(effects.map(({ callId }) => callId));
    if (names.size > wanted || (names.size < effects.length && call.outcome?.kind !== "failed")) {
      problems.push(`call ${id}, ${call.op}: an effect was done more than once: ${told(effects)}`);
    }
  }
  return problems;
}

function told(gifts: readonly Gift[]): string {
  const one = ({ ask, by, value, callId }: Gift) =>
    `${ask satisfies Ask} ${value} by ${by}${callId === undefined ? "" : ` as ${callId}`}`;
  return gifts.map(one).join(", ");
}
