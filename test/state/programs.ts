/** Random plugins with state: classes in one another, containers, `@shared` graphs, parts held at the top of the file. */
import fc from "fast-check";

/** A field's type: a class stands there by its number. */
type Type =
  | { readonly kind: "u32" | "string" | "f64" | "numbers" | "counts" | "set" | "bytes" }
  | { readonly kind: "part" | "nullable" | "list" | "map"; readonly of: number };
interface Class {
  readonly shared: boolean;
  readonly fields: readonly Type[];
}

export interface Program {
  readonly source: string;
  /** How many operations `op(number, k)` knows. */
  readonly operations: number;
}

const PLAIN = ["u32", "string", "f64", "numbers", "counts", "set", "bytes"] as const;
const HOLDS = ["part", "nullable", "list", "map"] as const;
const name = (number: number) => `C${number}`;

function spelled(type: Type): string {
  switch (type.kind) {
    case "numbers":
      return "Array<u32>";
    case "counts":
      return "Map<string, u32>";
    case "set":
      return "Set<u32>";
    case "bytes":
      return "Uint8Array";
    case "part":
      return name(type.of);
    case "nullable":
      return `${name(type.of)} | null`;
    case "list":
      return `Array<${name(type.of)}>`;
    case "map":
      return `Map<u32, ${name(type.of)}>`;
    default:
      return type.kind;
  }
}

function first(type: Type): string {
  switch (type.kind) {
    case "u32":
    case "f64":
      return "0";
    case "string":
      return '""';
    case "bytes":
      return "new Uint8Array(0)";
    case "nullable":
      return "null";
    default:
      return `new ${spelled(type)}()`;
  }
}

/** A class holds only classes after it, but a shared one may hold any shared one, itself too: never as a part. */
function classes(count: number): fc.Arbitrary<readonly Class[]> {
  const field = (own: number, shared: readonly boolean[]): fc.Arbitrary<Type> => {
    const later = shared.flatMap((_, number) => (number > own ? [number] : []));
    const linked = shared[own] ? shared.flatMap((is, number) => (is && number > 0 ? [number] : [])) : [];
    const plain = fc.constantFrom(...PLAIN).map((kind): Type => ({ kind }));
    const choices = [{ weight: 2, arbitrary: plain }];
    if (later.length > 0) {
      const held = fc.tuple(fc.constantFrom(...HOLDS), fc.constantFrom(...later));
      choices.push({ weight: 3, arbitrary: held.map(([kind, of]) => ({ kind, of })) });
    }
    if (linked.length > 0) {
      const links = ["nullable", "list", "map"] as const;
      const link = fc.tuple(fc.constantFrom(...links), fc.constantFrom(...linked));
      choices.push({ weight: 3, arbitrary: link.map(([kind, of]) => ({ kind, of })) });
    }
    return fc.oneof(...choices);
  };
  return fc
    .array(fc.boolean(), { minLength: count, maxLength: count })
    .map((shared) => [false, ...shared.slice(1)])
    .chain((shared) =>
      fc
        .tuple(
          ...shared.map((_, own) =>
            fc.array(field(own, shared), { minLength: own === 0 ? 3 : 1, maxLength: 5 }),
          ),
        )
        .map((fields) => shared.map((is, own) => ({ shared: is, fields: fields[own]! }))),
    );
}

interface Place {
  readonly at: string;
  readonly type: Type;
}

/** The places that top-level code can name: from the root through its parts. */
function places(all: readonly Class[], held: (path: string) => string | undefined): readonly Place[] {
  const found: Place[] = [];
  const visit = (at: string, number: number) => {
    for (const [index, type] of all[number]!.fields.entries()) {
      const path = `${at}.f${index}`;
      found.push({ at: held(path) ?? path, type });
      if (type.kind === "part") visit(held(path) ?? path, type.of);
    }
  };
  visit("s", 0);
  return found;
}

/** What a call may do at a place, with the number `k`. */
function operations({ at, type }: Place, all: readonly Class[], others: readonly Place[]): string[] {
  const made = "of" in type ? `new ${name(type.of)}()` : "";
  const number = "of" in type ? all[type.of]!.fields.findIndex(({ kind }) => kind === "u32") : -1;
  const touch = (object: string) => (number < 0 ? "" : `${object}.f${number} += k;`);
  // Another place that holds objects of the class: the same object gets into both.
  const same = others.filter((one) => one.type.kind === "list" && "of" in type && one.type.of === type.of);
  const shares = same
    .slice(0, 2)
    .map(({ at: from }) => ({ if: `${from}.length > 0`, one: `${from}[k % ${from}.length]` }));
  switch (type.kind) {
    case "u32":
      return [`${at} += k;`];
    case "string":
      return [`${at} += k.toString();`];
    case "f64":
      return [`${at} = ${at} * 1.5 + k;`];
    case "numbers":
      return [`${at}.push(k);`, `if (${at}.length > 0) ${at}.pop();`];
    case "counts":
      return [`${at}.set((k % 5).toString(), k);`, `${at}.delete((k % 5).toString());`];
    case "set":
      return [`${at}.add(k % 7);`, `${at}.delete(k % 7);`];
    case "bytes":
      return at.startsWith("h") ? [] : [`${at} = new Uint8Array(k % 4).fill(<u8>k);`];
    case "part":
      return [touch(at)];
    case "nullable":
      return [
        `${at} = ${made};`,
        `${at} = null;`,
        `{ const o = ${at}; if (o) { ${touch("o")} } }`,
        ...shares.map((share) => `if (${share.if}) ${at} = ${share.one};`),
      ];
    case "list":
      return [
        `${at}.push(${made});`,
        `if (${at}.length > 0) { const o = ${at}[k % ${at}.length]; ${touch("o")} ${link(type.of, all, "o", at)} }`,
        `if (${at}.length > 0) ${at}.pop();`,
        ...shares.map((share) => `if (${share.if}) ${at}.push(${share.one});`),
      ];
    case "map":
      return [
        `${at}.set(k % 5, ${made});`,
        `if (${at}.has(k % 5)) { const o = ${at}.get(k % 5); ${touch("o")} }`,
        `${at}.delete(k % 5);`,
        ...shares.map((share) => `if (${share.if}) ${at}.set(k % 5, ${share.one});`),
      ];
  }
}

/** Links objects of one list to one another, where their class has a field for it. */
function link(of: number, all: readonly Class[], object: string, list: string): string {
  const field = all[of]!.fields.findIndex((type) => type.kind === "nullable" && type.of === of);
  return field < 0 ? "" : `${object}.f${field} = ${list}[(k / 3) % ${list}.length];`;
}

/** A statement that adds what a field holds to the text `t`. */
function shown(at: string, type: Type): string {
  switch (type.kind) {
    case "string":
      return `t += "'" + ${at} + "',";`;
    case "numbers":
    case "bytes":
      return `t += "[" + ${at}.join(" ") + "],";`;
    case "counts":
      return `{ const k = ${at}.keys(); for (let i = 0; i < k.length; i++) t += k[i] + "=" + ${at}.get(k[i]).toString() + " "; }`;
    case "set":
      return `{ const k = ${at}.values(); for (let i = 0; i < k.length; i++) t += k[i].toString() + " "; }`;
    case "part":
      return `t += see${type.of}(${at}, g);`;
    case "nullable":
      return `{ const n = ${at}; t += n ? see${type.of}(n, g) : "-"; }`;
    case "list":
      return `t += "["; for (let i = 0; i < ${at}.length; i++) t += see${type.of}(${at}[i], g) + " "; t += "]";`;
    case "map":
      return `{ const k = ${at}.keys(); for (let i = 0; i < k.length; i++) t += k[i].toString() + ":" + see${type.of}(${at}.get(k[i]), g) + " "; }`;
    default:
      return `t += ${at}.toString() + ",";`;
  }
}

/** Text that shows all of an object: of a `@shared` one its place among those that were met. */
function show(number: number, { shared, fields }: Class): string {
  const parts = fields.map((type, index) => shown(`o.f${index}`, type));
  const see = shared
    ? `{ let i = g.c${number}.indexOf(o); if (i < 0) { i = g.c${number}.length; g.c${number}.push(o); } return "#${number}." + i.toString(); }`
    : `{ return show${number}(o, g); }`;
  return `function see${number}(o: ${name(number)}, g: Seen): string ${see}
function show${number}(o: ${name(number)}, g: Seen): string { let t = "{"; ${parts.join(" ")} return t + "}"; }`;
}

interface Seed {
  /** Which of the parts, in turn, are held at the top of the file. */
  readonly held: readonly boolean[];
  /** Operations that top-level code does. */
  readonly begun: readonly number[];
  /** Parts that calls put others in the place of. */
  readonly replaced: readonly number[];
}

function source(all: readonly Class[], seed: Seed): Program {
  const paths: string[] = [];
  const types: Type[] = [];
  const visit = (at: string, number: number) => {
    for (const [index, type] of all[number]!.fields.entries()) {
      if (["part", "list", "map", "numbers", "counts", "set"].includes(type.kind)) {
        paths.push(`${at}.f${index}`);
        types.push(type);
      }
      if (type.kind === "part") visit(`${at}.f${index}`, type.of);
    }
  };
  visit("s", 0);
  const held = new Map(
    paths.filter((_, index) => seed.held[index % seed.held.length]).map((path, index) => [path, `h${index}`]),
  );
  const named = places(all, (path) => held.get(path));
  const does = named.flatMap((place) => operations(place, all, named)).filter((text) => text !== "");
  for (const which of paths.length > 0 ? seed.replaced : []) {
    const type = types[which % paths.length]!;
    does.push(`${paths[which % paths.length]} = ${first(type)};`);
  }
  const shared = all.flatMap((one, number) => (one.shared ? [number] : []));
  const declared = all.map(({ shared, fields }, number) => {
    const mark = number === 0 ? "@state " : shared ? "@shared " : "";
    return `${mark}class ${name(number)} { ${fields.map((type, index) => `f${index}: ${spelled(type)} = ${first(type)};`).join(" ")} }`;
  });
  const begun = seed.begun.map((which) =>
    does[which % does.length]!.replaceAll(/\bk\b/g, `(<u32>${(which % 17) + 1})`),
  );
  return {
    operations: does.length,
    source: `import { state } from "moult/guest";
${declared.join("\n")}
class Seen { ${shared.map((number) => `c${number}: Array<${name(number)}> = [];`).join(" ")} }
const s = state<C0>();
${[...held].map(([path, variable]) => `const ${variable} = ${path};`).join("\n")}
${begun.join("\n")}
${all.map((one, number) => show(number, one)).join("\n")}
export function op(which: u32, k: u32): void {
  switch (which) {
${does.map((text, which) => `    case ${which}: { ${text} break; }`).join("\n")}
  }
}
export function look(): string {
  const g = new Seen();
  let t = show0(s, g);
  let more = true;
  ${shared.map((number) => `let n${number} = 0;`).join(" ")}
  while (more) {
    more = false;
${shared.map((number) => `    for (; n${number} < g.c${number}.length; n${number}++) { more = true; t += show${number}(g.c${number}[n${number}], g); }`).join("\n")}
  }
  return t;
}
`,
  };
}

/** What the driver does: a call, or a way for the state to cross. */
export type Action =
  | { readonly do: "call"; readonly which: number; readonly k: number }
  | { readonly do: "swap" | "snapshot" };

export const programs: fc.Arbitrary<Program> = fc
  .integer({ min: 1, max: 5 })
  .chain((count) =>
    fc.tuple(
      classes(count),
      fc.array(fc.boolean(), { minLength: 3, maxLength: 7 }),
      fc.array(fc.nat(200), { maxLength: 3 }),
      fc.oneof(
        { weight: 2, arbitrary: fc.constant([]) },
        { weight: 1, arbitrary: fc.array(fc.nat(50), { maxLength: 2 }) },
      ),
    ),
  )
  .map(([all, held, begun, replaced]) => source(all, { held, begun, replaced }));

export const actions: fc.Arbitrary<readonly Action[]> = fc.array(
  fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({ do: fc.constant("call" as const), which: fc.nat(1000), k: fc.nat(50) }),
    },
    { weight: 1, arbitrary: fc.record({ do: fc.constantFrom("swap" as const, "snapshot" as const) }) },
  ),
  { minLength: 10, maxLength: 40 },
);
