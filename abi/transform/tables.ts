/** Constant tables: lists, maps and the like at the top of a file that are only looked at. */
import { type Expression, type Node, NodeKind, type ResolvedType } from "./compiler.ts";
import { assignedBy, bare } from "./tree.ts";
import type { Use, Variable } from "./variables.ts";

/** Whether a variable holds a container of values that no line of the author's can change. */
export function isConstantTable({ element, uses, assigned }: Variable): boolean {
  return !assigned && holdsValues(element.type) && uses.every(isLook);
}

function holdsValues({ classReference }: ResolvedType): boolean {
  if (!classReference?.internalName.startsWith("~lib/")) return false;
  const { typeArguments } = classReference;
  if (typeArguments === null) return VALUES.test(classReference.internalName);
  return typeArguments.every(
    ({ classReference: item }) =>
      item === null ||
      item.internalName === "~lib/string/String" ||
      holdsValues({ classReference: item, signatureReference: null }),
  );
}

const VALUES = /^~lib\/(typedarray\/|arraybuffer\/|dataview\/)/;

/** Whether a use only looks: `x[i]`, `x.length`, `x.has(key)`. */
function isLook({ node, above }: Use): boolean {
  const [over, ...further] = above.filter((one) => bare(one as Expression) === one);
  if (over === undefined) return false;
  if (over.kind === NodeKind.ElementAccess && (over as Expression).expression === node)
    return isRead(over, further);
  if (over.kind !== NodeKind.PropertyAccess || (over as Expression).expression !== node) return false;
  const [call] = further;
  if (call?.kind === NodeKind.Call && (call as Expression).expression === over) {
    return LOOKS.has((over as Expression).property?.text ?? "");
  }
  return isRead(over, further);
}

/** Of what is looked up, no more than its value is used: it is not assigned to, and nothing in it is. */
function isRead(node: Node, [over, ...further]: readonly Node[]): boolean {
  if (over === undefined) return true;
  if (assignedBy(over) === node) return false;
  const inner = over.kind === NodeKind.ElementAccess || over.kind === NodeKind.PropertyAccess;
  if (!inner || (over as Expression).expression !== node) return true;
  const [call] = further;
  if (call?.kind === NodeKind.Call && (call as Expression).expression === over) {
    return LOOKS.has((over as Expression).property?.text ?? "");
  }
  return isRead(over, further);
}

const LOOKS: ReadonlySet<string> = new Set(
  (
    "has get at includes indexOf lastIndexOf join slice concat keys values toString some every find findIndex " +
    "charAt charCodeAt codePointAt startsWith endsWith substring substr toUpperCase toLowerCase trim split repeat"
  ).split(" "),
);
