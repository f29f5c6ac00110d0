/**
 * Code that an author could write so that a state crosses: a decorator for a field, or a step with the older
 * class that it needs.
 */
import { chainsIn, typesOf } from "../avro/chains.ts";
import { differences } from "../avro/differences.ts";
import type { EnumSchema, FieldSchema, RecordSchema, Schema } from "../avro/schema.ts";
import { type ChangedClass, changedClasses } from "./changed-class.ts";
import { beginText, classHead, classText, enumText, fieldLines, ownName, typeText } from "./class-text.ts";
import { reaches, unfolded } from "./unfolded.ts";

/** A decorator that declares what became of a class or a field. */
export interface Word {
  /** The line that it stands above: `class Page`, or a field. */
  readonly above: string;
  /** The class that has the field. */
  readonly within?: string;
  /** `@was("hits")` */
  readonly decorator: string;
  /** The assumption behind it: `hits is called visits now`. */
  readonly supposing: string;
}

/** A step: the code above the newer class, and the code in it. */
export interface Step {
  readonly older: string;
  readonly newer: string;
  /** The class that the newer one has a step from already, if any. */
  readonly oldest: string | undefined;
  /** The older class, with its step from `oldest`, and the enums and classes that it uses. */
  readonly above: string;
  /** `static from(old: PageV1): Page { ... }` */
  readonly method: string;
}

/** Advice for one class: a step, and decorators where those may be the simpler way. */
export interface Advice {
  readonly words: readonly Word[];
  readonly step?: Step;
}

/** The module that the state does not reach. */
export interface Target {
  readonly own: Schema;
  /** The schemas of its migrations, and the root's older classes, the newest first. */
  readonly migrations: readonly {
    readonly name: string;
    readonly nested: boolean;
    readonly schema: Schema;
  }[];
}

/** @returns advice for each class, or enum, that keeps the state from crossing */
export function adviceFor(writer: Schema, target: Target): readonly Advice[] {
  return new Adviser(writer, target).all();
}

/** Advice for a class in decorators. */
interface Worded {
  readonly words: readonly Word[];
  /** Whether the decorators are certain, and enough without a step. */
  readonly enough: boolean;
}

class Adviser {
  readonly #changes;
  readonly #target: Target;
  readonly #taken: Set<string>;
  /** Classes and enums of the old schema without a counterpart today, with their new names. */
  readonly #copied = new Map<Schema, string>();
  readonly #ownTypes: readonly Schema[];
  /** Old classes that no step of their own can convert, and the classes that hold them. */
  #bound: ReadonlySet<Schema> = new Set();
  readonly #wereShared: ReadonlySet<Schema>;
  readonly #areShared: ReadonlySet<Schema>;

  constructor(writer: Schema, target: Target) {
    const [old, own] = [unfolded(writer), unfolded(target.own)];
    this.#changes = changedClasses(old.root, own.root);
    this.#wereShared = old.shared;
    this.#areShared = own.shared;
    this.#target = target;
    this.#ownTypes = [...typesOf(own.root)];
    const schemas = [target.own, ...target.migrations.map(({ schema }) => schema)];
    this.#taken = new Set(schemas.flatMap((schema) => [...typesOf(schema)].flatMap(nameIn)));
  }

  all(): readonly Advice[] {
    const { classes, enums, root } = this.#changes;
    const apart = classes.filter((changed) => changed.root || !this.#seesShared(changed));
    const late = classes.filter((changed) => !apart.includes(changed));
    const words = late.map((changed) => this.#wordsFor(changed));
    const bound = late.filter((_, i) => !words[i]!.enough).map(({ writer }) => writer);
    if (root !== undefined && bound.length > 0) this.#bound = holding(root.writer, bound);
    return [
      ...enums.map(({ writer, reader }): Advice => ({ words: [renamed(writer, reader, "enum")] })),
      ...words.flatMap(({ words, enough }) => (enough ? [{ words }] : [])),
      ...apart.filter((changed) => !changed.root || bound.length === 0).map((each) => this.#about(each)),
      ...(root !== undefined && bound.length > 0 ? [this.#atRoot(root, words)] : []),
    ];
  }

  /**
   * Whether a step into a class would read objects of a table before they are there, which a build refuses.
   */
  #seesShared({ writer, reader }: ChangedClass): boolean {
    const isShared = (type: Schema) => {
      const today = this.#changes.today.get(type);
      return this.#wereShared.has(type) || (today !== undefined && this.#areShared.has(today));
    };
    return this.#areShared.has(reader) || reaches(writer, isShared);
  }

  /** The step of the whole state, for classes in it that no step of their own can lead to. */
  #atRoot(root: ChangedClass, late: readonly Worded[]): Advice {
    const own = root.problems.length > 0 ? [this.#wordsFor(root)] : [];
    const all = [...late.filter(({ enough }) => !enough), ...own];
    const words = all.every(({ words }) => words.length > 0) ? all.flatMap(({ words }) => words) : [];
    return { words, step: this.#step(root) };
  }

  #about(changed: ChangedClass): Advice {
    const { words, enough } = this.#wordsFor(changed);
    return { words, ...(enough ? {} : { step: this.#step(changed) }) };
  }

  #wordsFor(changed: ChangedClass): Worded {
    const { problems, gone, added } = changed;
    const words: Word[] = [];
    const all = (is: (at: string, problem: string) => boolean) =>
      problems.every(({ at, problem }) => is(at, problem));
    const isName = (problem: string) => problem.includes("another name, which");
    const isField = (at: string) => [...gone, ...added].some(({ name }) => at === `.${name}`);
    if (problems.some(({ at, problem }) => at === "" && isName(problem))) {
      words.push(renamed(changed.writer, changed.reader, "class"));
    }
    if (!all((at, problem) => isField(at) || (at === "" && isName(problem)))) {
      return { words: [], enough: false };
    }
    const field = renamedField(changed);
    if (field) words.push(this.#fieldWord(changed, field));
    else if (
      gone.length > 0 &&
      all((at, problem) => isName(problem) || gone.some(({ name }) => at === `.${name}`))
    ) {
      words.push(dropped(changed));
    }
    return { words, enough: gone.length === 0 && added.every(({ initial }) => initial !== undefined) };
  }

  #fieldWord({ reader }: ChangedClass, { was, is }: { was: FieldSchema; is: FieldSchema }): Word {
    const nameOf = (type: RecordSchema | EnumSchema) => ownName(type);
    return {
      above: `${is.name}: ${typeText(is.type, nameOf)} = ${beginText(is.type, nameOf)};`,
      within: ownName(reader),
      decorator: `@was("${was.name}")`,
      supposing: `${was.name} is called ${is.name} now`,
    };
  }

  #step(changed: ChangedClass): Step {
    const { writer, reader, root } = changed;
    const newer = ownName(reader);
    const older = this.#numbered(newer);
    const oldest = root ? this.#target.migrations.find(({ nested }) => !nested)?.name : this.#chain(newer);
    const copies: Schema[] = [];
    const nameOf = (type: RecordSchema | EnumSchema): string => this.#nameOf(type, copies);
    const lines = [classHead(writer, older), ...fieldLines(writer, nameOf)];
    if (oldest !== undefined) {
      lines.push(
        `  static from(old: ${oldest}): ${older} {`,
        `    // Until now ${newer} was made of ${oldest}: what its \`from\` did belongs here.`,
        `    throw new Error("no way from ${oldest} to ${older} yet");`,
        "  }",
      );
    }
    lines.push("}");
    const texts = [lines.join("\n")];
    for (let copy = copies.shift(); copy; copy = copies.shift()) {
      if (copy.kind === "enum") texts.unshift(enumText(copy, nameOf(copy)));
      else if (copy.kind === "record") texts.unshift(classText(copy, nameOf, this.#wereShared.has(copy)));
    }
    return { older, newer, oldest, above: texts.join("\n"), method: this.#method(changed, older, nameOf) };
  }

  #method(changed: ChangedClass, older: string, nameOf: (type: RecordSchema | EnumSchema) => string): string {
    const { writer, reader } = changed;
    const newer = ownName(reader);
    const today = (type: RecordSchema | EnumSchema) => ownName(type);
    const meaning = writer.moult !== reader.moult;
    const field = renamedField(changed);
    const lines: string[] = [];
    const open: string[] = [];
    for (const { name, type } of reader.fields) {
      const old = writer.fields.find((one) => one.name === (field?.is.name === name ? field.was.name : name));
      if (old === undefined) continue;
      const same = typeText(old.type, nameOf) === typeText(type, today) || isWider(old.type, type);
      if (same && !meaning) lines.push(`made.${name} = old.${old.name};`);
      else open.push(`what ${name} becomes of old.${old.name}`);
    }
    for (const { name } of changed.gone)
      if (name !== field?.was.name) open.push(`what becomes of old.${name}`);
    const decide = open.map((what) => `throw new Error("decide ${what}");`);
    const body = [`const made = new ${newer}();`, ...lines, ...decide, "return made;"];
    return [`static from(old: ${older}): ${newer} {`, ...body.map((line) => `  ${line}`), "}"].join("\n");
  }

  /**
   * Today's class if the old one's data reaches it, directly or by other advice; otherwise a copy of the old
   * class.
   */
  #nameOf(type: RecordSchema | EnumSchema, copies: Schema[]): string {
    const known = this.#copied.get(type);
    if (known !== undefined) return known;
    const today = this.#bound.has(type)
      ? undefined
      : (this.#changes.today.get(type) ?? this.#ownTypes.find((own) => isSame(type, own)));
    if (today?.kind === "record" || (today?.kind === "enum" && isLossless(type, today)))
      return ownName(today);
    const own = ownName(type);
    const name = this.#taken.has(own) ? this.#numbered(own) : own;
    this.#taken.add(name);
    this.#copied.set(type, name);
    copies.push(type);
    return name;
  }

  /** The next free number: `PageV3`, where there is a `PageV2`. */
  #numbered(name: string): string {
    const numbers = [...this.#taken].map((other) =>
      Number(new RegExp(`^${name}V(\\d{1,6})$`).exec(other)?.[1] ?? 0),
    );
    const next = `${name}V${Math.max(0, ...numbers) + 1}`;
    this.#taken.add(next);
    return next;
  }

  /** The class that an inner class has a step from. */
  #chain(newer: string): string | undefined {
    const chains = this.#target.migrations.flatMap(({ schema }) => chainsIn(schema));
    return chains.find((names) => names.at(-1) === newer)?.at(-2);
  }
}

/** These classes of a state, and all classes that hold them at any depth. */
function holding(root: Schema, others: readonly Schema[]): ReadonlySet<Schema> {
  const isOne = (type: Schema) => others.includes(type);
  return new Set([...typesOf(root)].filter((type) => type.kind === "record" && reaches(type, isOne)));
}

function nameIn(schema: Schema): string[] {
  return schema.kind === "record" || schema.kind === "enum" ? [ownName(schema)] : [];
}

function renamed(
  writer: RecordSchema | EnumSchema,
  reader: RecordSchema | EnumSchema,
  kind: "class" | "enum",
): Word {
  const [was, is] = [ownName(writer), ownName(reader)];
  return { above: `${kind} ${is}`, decorator: `@was("${was}")`, supposing: `${was} is called ${is} now` };
}

function dropped({ reader, gone }: ChangedClass): Word {
  const names = gone.map(({ name }) => name);
  const decorator = `@dropped(${names.map((name) => `"${name}"`).join(", ")})`;
  const supposing = `${names.join(" and ")} ${names.length === 1 ? "is" : "are"} of no use any more`;
  return { above: `class ${ownName(reader)}`, decorator, supposing };
}

/** One field is gone and one of the same type is new: probably a field was renamed. */
function renamedField({ gone, added }: ChangedClass): { was: FieldSchema; is: FieldSchema } | undefined {
  const [was, ...more] = gone;
  if (was === undefined || more.length > 0) return undefined;
  const fitting = added.filter(({ type }) => differences(was.type, type).length === 0);
  return fitting.length === 1 ? { was, is: fitting[0]! } : undefined;
}

function isLossless(writer: Schema, reader: Schema): boolean {
  return differences(writer, reader).every(({ lossless }) => lossless);
}

/** A class or enum of the same name that takes the old one's data. */
function isSame(type: RecordSchema | EnumSchema, own: Schema): own is RecordSchema | EnumSchema {
  if (own.kind !== type.kind || !("name" in own) || ownName(own as RecordSchema) !== ownName(type))
    return false;
  return isLossless(type, own);
}

/** Whether AssemblyScript widens the number implicitly. */
function isWider(from: Schema, to: Schema): boolean {
  const number = ({ kind }: Schema) => ["int", "long", "float", "double"].includes(kind);
  return number(from) && number(to) && isLossless(from, to);
}
