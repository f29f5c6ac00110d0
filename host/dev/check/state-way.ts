/** How the state of one version reaches another, field by field, from the schemas alone. */
import {
  AbiError,
  changesBetween,
  type Lead,
  type Manifest,
  parseSchema,
  passage,
  type Schema,
  type StateOrigin,
} from "../../../abi/tools.ts";

export interface StateWay {
  /**
   * - `none`: neither side has a state,
   * - `fresh`: the old side had none, so it begins anew,
   * - `same`, `lossless`, `migrated`: as the loader takes it over,
   * - `refused`: it does not cross.
   */
  readonly kind: "none" | "fresh" | "same" | "lossless" | "migrated" | "refused";
  /** Whether the state is opaque bytes of the author's. */
  readonly opaque: boolean;
  /** Classes on the way: `["TotalsV1", "Totals"]`. */
  readonly steps: readonly string[];
  readonly fields: readonly FieldChange[];
  /** Why it is refused. */
  readonly problem?: string;
  /** Code that the author could write so that the state crosses, with explanations. */
  readonly advice?: string;
}

export interface FieldChange {
  /** `clients[].name`, `hits{}`; `state` for the whole state. */
  readonly path: string;
  /**
   * - `kept`: unchanged,
   * - `added`: new, with its default,
   * - `unset`: new, without a default: nothing is lost, but only a step can give its first value, so that the
   *   swap is refused,
   * - `changed`: to a type, a place or a name that keeps every value,
   * - `by-step`: made by the new version's own step, like all others,
   * - `lost`: it would be lost, so that the swap is refused.
   */
  readonly fate: "kept" | "added" | "unset" | "changed" | "by-step" | "lost";
  readonly note: string;
}

/** @param from the state of the old version, or of a snapshot; missing when there was none */
export function stateWay(from: StateOrigin | undefined, to: Manifest): StateWay {
  const nothing = { opaque: false, steps: [], fields: [] };
  if (!from) {
    if (!to.state) return { ...nothing, kind: "none" };
    const fields = fieldsOf(parseSchema(to.state.schema));
    const added = fields.map((path): FieldChange => ({ path, fate: "added", note: "" }));
    return { ...nothing, kind: "fresh", opaque: to.state.opaque ?? false, fields: added };
  }
  if (!to.state) {
    const problem = `${to.name} ${to.version} keeps no state, so what was kept would be lost`;
    return { ...nothing, kind: "refused", problem };
  }
  try {
    const opaque = to.state.opaque ?? false;
    try {
      const { kind, steps, leads } = passage(from, to.state, to);
      // Where only inner classes have steps, all other fields cross as they would without steps.
      const inside = kind === "migrated" && steps.length === 1 ? leads : undefined;
      const lossy = kind === "migrated" && !inside ? "by-step" : "lost";
      const fields = opaque ? [] : fates(from, to, lossy);
      return { kind, opaque, steps, fields: inside ? led(fields, inside) : fields };
    } catch (error) {
      if (!(error instanceof AbiError)) throw error;
      const fields = opaque || isOpaque(from) ? [] : fates(from, to, "lost");
      const { message: problem, advice } = error;
      return { kind: "refused", opaque, steps: [], fields, problem, ...(advice && { advice }) };
    }
  } catch (error) {
    if (!(error instanceof AbiError)) throw error;
    return { ...nothing, kind: "refused", problem: error.message };
  }
}

function fates(from: StateOrigin, to: Manifest, lossy: "by-step" | "lost"): FieldChange[] {
  const [writer, reader] = [parseSchema(from.schema), parseSchema(to.state!.schema)];
  const changes = changesBetween(from, to.state!).filter(
    ({ path, lossless }) => isAuthors(path) || !lossless,
  );
  const changed = changes.map(({ path, problem, lossless }): FieldChange => {
    if (lossy === "by-step")
      return { path, fate: lossy, note: BY_STEP.get(problem.slice(0, ADDED.length)) ?? problem };
    if (problem.startsWith(ADDED)) {
      return { path, fate: lossless ? "added" : "unset", note: problem.slice(`${ADDED}, and it `.length) };
    }
    return { path, fate: lossless ? "changed" : lossy, note: problem };
  });
  const touched = new Set(changed.map(({ path }) => head(path)));
  const before = new Set(fieldsOf(writer));
  const kept = fieldsOf(reader)
    .filter((name) => before.has(name) && !touched.has(name))
    .map((path): FieldChange => {
      return lossy === "by-step"
        ? { path, fate: lossy, note: "the same type" }
        : { path, fate: "kept", note: "" };
    });
  return [...kept, ...changed];
}

/** Everything inside of an object that a step makes is made by that step. */
function led(fields: readonly FieldChange[], leads: readonly Lead[]): FieldChange[] {
  const within = (path: string) => leads.find((lead) => isIn(path, lead.path));
  const made = leads.map(
    ({ path, steps }): FieldChange => ({ path, fate: "by-step", note: steps.join(" -> ") }),
  );
  const others = fields.filter(
    ({ path, fate }) => !within(path) && !(fate === "kept" && leads.some((lead) => head(lead.path) === path)),
  );
  return [...others, ...made];
}

function isIn(path: string, whole: string): boolean {
  return path.startsWith(whole) && /^(?:$|[.[{])/.test(path.slice(whole.length));
}

/** How the lossless table describes a new field. */
const ADDED = "the old version has no such field";
const GONE = "the new version has no such field";
const BY_STEP: ReadonlyMap<string, string> = new Map([
  [ADDED, "new"],
  [GONE, "gone"],
]);

/** The fields, without those of the table of `@shared` objects. */
function fieldsOf(schema: Schema): string[] {
  return schema.kind === "record" ? schema.fields.map(({ name }) => name).filter(isAuthors) : [];
}

/** Whether a path is the author's: fields of moult's own have names that no author's field can have. */
function isAuthors(path: string): boolean {
  return !path.startsWith("moult_");
}

function head(path: string): string {
  return /^[^.[{]*/.exec(path)![0];
}

function isOpaque({ schema }: StateOrigin): boolean {
  return parseSchema(schema).kind === "bytes";
}
