import { afterAll, beforeAll, expect, it } from "vitest";
import { expectUpgrade } from "../../host/testing/mod.ts";
import { type Author, author, visits } from "./author.ts";

const migrating = (step: string) =>
  visits("").replace(
    "@state\nclass Visits {\n  total: u64 = 0;",
    `class VisitsV1 { total: u64 = 0; }
@state
class Visits {
  count: f64 = 0;
  static from(old: VisitsV1): Visits { ${step}; }
  get total(): u64 { return <u64>this.count; }
  set total(value: u64) { this.count = <f64>value; }`,
  );

let one: Author;
beforeAll(async () => {
  one = await author({
    "v1.ts": visits(""),
    "wider.ts": visits("pages: u32 = 0;"),
    "forgets.ts": visits("", "export function onRestore(): void { visits.total = 0; }"),
    "grows.ts": visits("", "export function onRestore(): void { visits.total += 1; }"),
    "once.ts": visits(
      "seen: bool = false;",
      "export function onRestore(): void { if (visits.seen) visits.total++; visits.seen = true; }",
    ),
    "migrates.ts": migrating("const now = new Visits(); now.count = <f64>old.total; return now"),
    "drops.ts": migrating("return new Visits()"),
    "other.ts": visits("")
      .replace("total: u64 = 0", 'name: string = ""')
      .replaceAll("visits.total++", "")
      .replaceAll("visits.total", "0"),
    "stateless.ts":
      "export function visit(page: string): u64 { return 1; }\nexport function total(): u64 { return 0; }\n",
    "held.ts": visits("", "let held: u64 = 0;\nexport function hold(): u64 { return ++held; }"),
    "holds.ts": visits("")
      .replace("return visits.total;", "return visits.total + held++;")
      .replace("@state", "let held: u64 = 0;\n@state"),
    "transient.ts": visits("")
      .replace("visits.total++;", "visits.total++; calls++;")
      .replace("@state", "let calls: u64 = 0;\n@state"),
    "narrow.ts": "export function visit(page: string): u64 { return 1; }\n",
  });
});
afterAll(() => one.leave());

const visit = async (call: Readonly<Record<string, (...args: never[]) => Promise<unknown>>>) => {
  for (const page of ["/", "/a", "/b"]) await call.visit!(page as never);
};
const total = (call: Readonly<Record<string, (...args: never[]) => Promise<unknown>>>) => call.total!();
const upgrade = (from: string, to: string, observe?: typeof total) =>
  expectUpgrade(one.path(`${from}.ts`), one.path(`${to}.ts`), { drive: visit, ...(observe && { observe }) });
const message = (work: Promise<unknown>) =>
  work.then(
    () => "it did not fail",
    (error: Error) => error.message,
  );

it("is content with a version that keeps the state, and answers the swap's record", async () => {
  expect(await upgrade("v1", "wider").keeps()).toMatchObject({
    outcome: "swapped",
    steps: ["Visits", "Visits"],
  });
  expect(await upgrade("v1", "wider", total).keeps()).toMatchObject({ outcome: "swapped" });
});

it("is content with a step that keeps what was asked for", async () => {
  expect(await upgrade("v1", "migrates", total).keeps()).toMatchObject({ steps: ["VisitsV1", "Visits"] });
});

it("fails when the new version forgets, and shows both states", async () => {
  const error = await upgrade("v1", "forgets")
    .keeps()
    .catch((error) => error);
  expect(error.message).toBe(
    "visits 1.0.0 -> visits 1.0.0: the state is another one: expected { total: 0n } to deeply equal { total: 3n }",
  );
  expect([error.actual, error.expected]).toEqual([{ total: 0n }, { total: 3n }]);
});

it("fails when what was asked for differs", async () => {
  expect(await message(upgrade("v1", "forgets", total).keeps())).toBe(
    "visits 1.0.0 -> visits 1.0.0: observe answers something else: expected 0n to deeply equal 3n",
  );
  expect(await message(upgrade("v1", "drops", total).keeps())).toBe(
    "visits 1.0.0 -> visits 1.0.0: observe answers something else: expected 0n to deeply equal 3n",
  );
});

it("fails when the new version does not keep its own state", async () => {
  expect(await message(upgrade("v1", "once", total).keeps())).toBe(
    "visits 1.0.0 was swapped for itself, and what observe saw is another: expected 4n to deeply equal 3n",
  );
});

it("fails when a step crosses a state that nobody looks at", async () => {
  expect(await message(upgrade("v1", "migrates").keeps())).toBe(
    "visits 1.0.0 -> visits 1.0.0: it takes the step VisitsV1 -> Visits, and only you can say what that has to keep: give observe",
  );
});

it("fails when the swap is refused", async () => {
  expect(await message(upgrade("v1", "other").keeps())).toBe(
    "visits 1.0.0 -> visits 1.0.0 was to keep the state, and was refused: [incompatible-state] could not swap visits 1.0.0: " +
      "the state does not cross to visits 1.0.0: no way leads from the state of visits 1.0.0 to visits 1.0.0: total: the new " +
      "version has no such field. It has no steps; version 1.0.0 still serves\n\n" +
      "What would lead there, in the new version's source:\n\n" +
      '- If total is of no use any more:\n\n    @dropped("total") class Visits\n\n' +
      "- Else a step. Above class Visits:\n\n    class VisitsV1 {\n      total: u64 = 0;\n    }\n\n  and in class Visits:\n\n" +
      "    static from(old: VisitsV1): Visits {\n      const made = new Visits();\n" +
      '      throw new Error("decide what becomes of old.total");\n      return made;\n    }',
  );
});

it("tells a refusal that was wanted from a swap, and from another refusal", async () => {
  expect((await upgrade("v1", "other").refuses("incompatible-state")).code).toBe("incompatible-state");
  expect((await upgrade("stateless", "narrow").refuses("mismatch")).code).toBe("mismatch");
  expect(await message(upgrade("v1", "wider").refuses("incompatible-state"))).toBe(
    "visits 1.0.0 -> visits 1.0.0 was to be refused with [incompatible-state], and went well: Visits -> Visits",
  );
  expect(await message(upgrade("v1", "stateless").refuses("mismatch"))).toBe(
    "visits 1.0.0 -> visits 1.0.0 was refused for another reason: [incompatible-state] could not swap visits 1.0.0: " +
      "visits 1.0.0 has state, and visits 1.0.0 has none to take it over; say reset: true to begin without it; " +
      "version 1.0.0 still serves: expected 'incompatible-state' to be 'mismatch' // Object.is equality",
  );
});

it("fails when there is no state to keep", async () => {
  expect(await message(upgrade("stateless", "v1").keeps())).toBe(
    "[no-state] could not take a snapshot: visits 1.0.0 has no state",
  );
});

it("fails when a version answers otherwise once its state is in another instance of it", async () => {
  const said = (was: string) =>
    `visits 1.0.0 was swapped for itself, and answers otherwise, so it holds something outside of its state: held (holds.ts) may be why: visit("/") is 7n, and was ${was}`;
  // The old version: three calls before, and three of the copy.
  expect(await message(upgrade("holds", "v1").keeps())).toBe(said("13n"));
  // The new version has made none yet.
  expect(await message(upgrade("v1", "holds").keeps())).toBe(said("10n"));
});

it("makes calls up, with small values, where the trial makes none", async () => {
  const wider = expectUpgrade(one.path("v1.ts"), one.path("held.ts"));
  expect(await message(wider.keeps())).toBe("it did not fail");
  // Nobody expects `hold` of either version, so it is not asked until both have it.
  const same = expectUpgrade(one.path("held.ts"), one.path("held.ts"));
  expect(await message(same.keeps())).toMatch(
    /so it holds something outside of its state: held \(held\.ts\) may be why: hold\(\) is 1n, and was 3n/,
  );
  await expectUpgrade(one.path("held.ts"), one.path("held.ts"), { answers: false }).keeps();
});

it("is content with variables that no answer shows, and tells what the new version answers otherwise", async () => {
  const record = await upgrade("v1", "transient", total).keeps();
  expect(record.answers?.itself).toMatchObject({ calls: 4, differing: [] });
  const other = await expectUpgrade(one.path("v1.ts"), one.path("wider.ts"), { drive: visit }).keeps();
  expect(other.answers?.next).toMatchObject({ differing: [] });
});
