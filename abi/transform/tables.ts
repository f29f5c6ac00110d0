/**
 * Constant tables: lists, maps and the like at the top of a file that are filled there, and only read
 * afterwards.
 */
import { type Expression, type Node, NodeKind, type ResolvedType } from "./compiler.ts";
import { assignedBy, bare } from "./tree.ts";
import type { Use, Variable } from "./variables.ts";

/**
 * Whether a variable holds a container of values that no function of the author's can change.
 *
 * @param constant whether an expression has the same value whenever a version starts: nothing of a state
 */
export function isConstantTable(
  { element, uses, assigned }: Variable,
  constant: (expression: Expression, use: Use) => boolean,
): boolean {
  const { type } = element;
  if (assigned || !holdsValues(type)) return false;
  return uses.every((use) => isLook(use, type) || isFilling(use, constant));
}

function holdsValues({ classReference }: ResolvedType): boolean {
  if (!classReference?.internalName.startsWith("~lib/")) return false;
  const { typeArguments } = classReference;
  if (typeArguments === null) return VALUES.test(classReference.internalName);
  return typeArguments.every((item) => isValue(item) || holdsValues(item));
}

const VALUES = /^~lib\/(typedarray\/|arraybuffer\/|dataview\/)/;

/** A number, a bool, a string. */
function isValue({ classReference }: ResolvedType): boolean {
  return classReference === null || classReference.internalName === "~lib/string/String";
}

/**
 * Whether a use only reads: `x[i]`, `x.length`, `x.has(key)`, and the same holds for the result, if that is a
 * table too.
 */
function isLook(
  { node, above }: { readonly node: Node; readonly above: readonly Node[] },
  type: ResolvedType,
): boolean {
  const [over, ...further] = above.filter((one) => bare(one as Expression) === one) as Expression[];
  if (over === undefined) return false;
  if (over.kind === NodeKind.ElementAccess && over.expression && bare(over.expression) === node)
    return looksAt({ node: over, above: further }, elementOf(type));
  if (over.kind !== NodeKind.PropertyAccess || bare(over.expression!) !== node) return false;
  const name = over.property?.text ?? "";
  const call = further[0] as Expression | undefined;
  const called = call?.kind === NodeKind.Call && call.expression && bare(call.expression) === over;
  if (!called) return SIZES.has(name) && isRead({ node: over, above: further });
  if (LOOKS.has(name)) return true;
  const element = elementOf(type);
  if (GIVES_ELEMENTS.has(name)) return looksAt({ node: call, above: further.slice(1) }, element);
  return GIVES_LISTS.has(name) && (element === undefined || isValue(element));
}

/** The same for the result of a lookup. */
function looksAt(
  use: { readonly node: Node; readonly above: readonly Node[] },
  type: ResolvedType | undefined,
): boolean {
  return type === undefined || isValue(type) ? isRead(use) : isLook(use, type);
}

/** The elements of a container; `undefined` for the numbers of a typed array. */
function elementOf({ classReference }: ResolvedType): ResolvedType | undefined {
  return classReference?.typeArguments?.at(-1);
}

function isRead({ node, above }: { readonly node: Node; readonly above: readonly Node[] }): boolean {
  const over = above.find((one) => bare(one as Expression) === one);
  return over === undefined || assignedBy(over) !== node;
}

/** Whether a use is a statement at the top of a file that fills the table: `x.set("a", 1)`, `x[2] = 4`. */
function isFilling(use: Use, constant: (expression: Expression, use: Use) => boolean): boolean {
  const { node, above } = use;
  if (above.some(({ kind }) => FUNCTIONS.has(kind))) return false;
  const chain = above.slice(
    0,
    above.findIndex(({ kind }) => kind === NodeKind.Expression),
  ) as Expression[];
  let inner: Expression = node;
  for (const one of chain) {
    const { kind, args = [], right } = one;
    if (bare(one) !== one) continue;
    if (kind === NodeKind.Call && one.expression && bare(one.expression) === inner) {
      if (!FILLS.has(inner.property?.text ?? "") || !args.every((each) => constant(each, use))) return false;
    } else if (assignedBy(one) === inner) {
      if (inner.kind !== NodeKind.ElementAccess || (right && !constant(right, use))) return false;
    } else if (bare(one.expression ?? one) !== inner) return false;
    inner = one;
  }
  return inner !== node;
}

const words = (text: string): ReadonlySet<string> => new Set(text.split(" "));
const SIZES = words("length size byteLength byteOffset");
const LOOKS = words("has includes indexOf lastIndexOf join toString some every findIndex findLastIndex");
const GIVES_ELEMENTS = words("get at");
const GIVES_LISTS = words("slice concat keys values");
const FILLS = words("set add push fill sort reverse unshift");
const FUNCTIONS: ReadonlySet<number> = new Set([
  NodeKind.Function,
  NodeKind.FunctionDeclaration,
  NodeKind.MethodDeclaration,
]);
