/** The account that the tests of durable plugins keep, and the bank that it asks. */
import { z } from "zod";
import { capability, contract, type LoadOptions, load, wit } from "../../host/mod.ts";
import { versions } from "../versions.ts";

export const Account = contract("test:bank/account@1", {
  add: { params: [z.uint32()], returns: z.uint64() },
  exchange: { params: [z.uint32()], returns: z.uint64() },
  book: { params: [z.uint32()], returns: z.uint32() },
  bookTwice: { params: [z.uint32()], returns: z.uint64() },
  bookAndTrap: { params: [z.uint32()] },
  take: { params: [z.uint32()], returns: wit.result(z.uint64(), z.string()) },
  trap: { params: [] },
  calls: { params: [], returns: z.uint32() },
  sum: { params: [], returns: z.uint64() },
});

export const version = versions(new URL("../guests/durable/", import.meta.url));

/** A rate that the version "wider" takes for impossible: it traps. */
export const IMPOSSIBLE = 999;

/** A bank outside of every plugin, which goes on when plugins and their processes end. */
export class Bank {
  rate = 0;
  /** What its rate is every time. @default one more each time */
  fixedRate: number | undefined;
  /** What its rate is the next time alone. */
  nextRate: number | undefined;
  /** In the order of booking: amount, and the call's own name. */
  readonly booked: { readonly amount: number; readonly id: string }[] = [];
  notes = 0;
  /** How often it was asked to book. */
  asked = 0;
  /** Called within a booking, after it was made. */
  onBook: () => void = () => {};
  /** Called when somebody asks for the rate. */
  onRate: () => void = () => {};

  readonly grant = capability(
    "test:bank/ledger@1",
    {
      rate: { params: [], returns: z.uint32(), kind: "read" },
      book: { params: [z.uint32()], returns: z.uint32(), kind: "effect" },
      note: { params: [z.string()], kind: "post" },
    },
    ({ callId }) => ({
      rate: () => {
        this.onRate();
        const next = this.nextRate;
        this.nextRate = undefined;
        return next ?? this.fixedRate ?? ++this.rate;
      },
      // What it is asked for again by the same name it has done already.
      book: (amount) => {
        this.asked++;
        const id = callId();
        const before = this.booked.findIndex((each) => each.id === id);
        if (before >= 0) return before + 1;
        this.booked.push({ amount, id });
        this.onBook();
        return this.booked.length;
      },
      note: () => void this.notes++,
    }),
  );

  get amounts(): number[] {
    return this.booked.map(({ amount }) => amount);
  }
}

export async function account(bank: Bank, options: LoadOptions = {}, name = "account") {
  return load(Account, await version(name), { grant: [bank.grant], ...options });
}
