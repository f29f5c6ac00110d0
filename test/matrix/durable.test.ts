/** The fault matrix over plugins whose every call is written ahead: a store changes nothing that a caller sees. */
import { describe } from "vitest";
import { load } from "../../host/mod.ts";
import { directoryStore } from "../../host/node/mod.ts";
import { folder } from "../durable/folder.ts";
import { afterwards } from "./afterwards.ts";
import { bounds } from "./bounds.ts";
import { control } from "./control.ts";
import { type Driver, near, upTo } from "./driver.ts";
import { Ledger } from "./module.ts";
import { pause } from "./pause.ts";

const durable: Driver = {
  name: "near, with a store",
  atOnce: true,
  ends: near.ends,
  here: true,
  turns: upTo(3),
  open: (source, options) =>
    load(Ledger, source, { ...options, store: directoryStore(folder(), { fsync: "never" }) }),
};

describe("with a state of 10 KB and a store", () => {
  pause(durable, 10_000);
  afterwards(durable, 10_000);
  control(durable, 10_000);
  bounds(durable, 10_000);
});
