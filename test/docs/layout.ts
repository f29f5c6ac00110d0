/** The rules of the house about files: who may import whom, no cycle, none too long. Works on any tree of texts. */

/** Texts by path from the project's root, with `/`. */
export type Tree = ReadonlyMap<string, string>;

export interface Import {
  readonly from: string;
  readonly to: string;
  /** Nothing of it is left when the file runs. */
  readonly erased: boolean;
}

const LONGEST = 300;

/** What each folder may import: folders of the project (their files), and packages. The first rule that names a file holds. */
interface Rule {
  readonly files: RegExp;
  readonly folders: readonly RegExp[];
  readonly packages: readonly RegExp[];
}

const NODE = /^node:/;
const ZOD = /^zod(\/mini)?$/;
/** The contract and the loader, which run everywhere: all but the compiler's, the guest's and the edges' folders. */
const CONTRACT = /^abi\/(?!(transform|guest)\/)/;
const LOADER = /^host\/(?!(node|dev|testing|vite|remote|cli)\/)/;
/** The front doors that every edge may use. */
const DOORS = /^(abi|abi\/transform|host|host\/node)\/mod\.ts$/;
const RULES: readonly Rule[] = [
  // `rt/common` is how AssemblyScript says where an object has its class and its size.
  { files: /^abi\/guest\//, folders: [/^abi\/guest\//], packages: [/^rt\/common$/] },
  {
    files: /^abi\/transform\//,
    folders: [/^abi\/transform\//, CONTRACT],
    packages: [NODE, ZOD, /^(assemblyscript|binaryen)(\/|$)/],
  },
  { files: CONTRACT, folders: [CONTRACT], packages: [ZOD, /^#(sha256|text)$/] },
  {
    files: LOADER,
    folders: [CONTRACT, LOADER],
    packages: [ZOD, /^#(async-context|read|text)$/, /^@assemblyscript\/loader$/],
  },
  { files: /^host\/node\//, folders: [/^host\/(mod\.ts$|node\/)/], packages: [NODE] },
  // The edges towards authors, all Node's: each may use the front doors of those before it, and every file of dev, whose
  // own door shows what is for others.
  { files: /^host\/dev\//, folders: [folder("dev"), DOORS], packages: [NODE, ZOD, /^chokidar$/] },
  {
    files: /^host\/testing\//,
    folders: [folder("testing"), DOORS, folder("dev")],
    packages: [NODE, /^vitest$/],
  },
  { files: /^host\/vite\//, folders: [folder("vite"), DOORS, folder("dev")], packages: [NODE, /^vite$/] },
  {
    files: /^host\/cli\//,
    folders: [folder("cli"), DOORS, folder("dev")],
    packages: [NODE, ZOD, /^commander$/, /^vitest\/node$/, /^@bytecodealliance\/jco$/],
  },
  {
    files: /^demo\//,
    folders: [/^demo\//],
    packages: [NODE, /^moult(\/transform|\/node|\/dev)?$/, /^zod$/, /^chokidar$/],
  },
  {
    files: /^bench\/guests\//,
    folders: [/^bench\/guests\//],
    packages: [/^moult\/guest$/, /^@extism\/as-pdk$/, /^json-as$/],
  },
  {
    files: /^bench\//,
    folders: [/^bench\//],
    packages: [
      NODE,
      /^moult(\/transform)?$/,
      /^zod$/,
      /^rolldown$/,
      /^(@extism\/extism|@assemblyscript\/loader|jco|jco-1\.8)$/,
    ],
  },
  { files: /^wasm-plugins\//, folders: [/^wasm-plugins\//], packages: [/^moult\/guest$/] },
  {
    files: /^scripts\//,
    folders: [/^scripts\//],
    packages: [NODE, ZOD, /^moult(\/transform|\/node|\/dev)?$/, /^rolldown$/],
  },
];

/** All of an edge's own files. */
function folder(edge: string): RegExp {
  return new RegExp(`^host/${edge}/`);
}

const CLAUSE = String.raw`(?:\*(?: as [\w$]+)?|\{[^}]*\}|[\w$]+(?:, (?:\{[^}]*\}|\* as [\w$]+))?)`;
const STATIC = new RegExp(`^(?:import|export) (type )?(?:${CLAUSE} from )?"([^"]+)"`, "gm");
const DYNAMIC = /\bimport\("([^"]+)"\)/g;

/** Every import of a file, relative ones as paths from the root. */
export function importsOf(path: string, text: string): Import[] {
  const found = [...text.matchAll(STATIC)].map(([, type, to]) => ({ to: to!, erased: type !== undefined }));
  const dynamic = [...code(text).matchAll(DYNAMIC)].map(([, to]) => ({ to: to!, erased: false }));
  return [...found, ...dynamic].map(({ to, erased }) => ({
    from: path,
    to: /^\.\.?(\/|$)/.test(to) ? resolved(path, to) : to,
    erased,
  }));
}

/** Imports that point outward, or to a package that the folder may not know. @param onNode files that only Node gets */
export function outward(tree: Tree, onNode: readonly string[]): string[] {
  return [...tree].flatMap(([path, text]) => {
    const rule = RULES.find(({ files }) => files.test(path));
    if (!rule) return [`${path} lies in no folder that the rules know`];
    const packages = onNode.includes(path) ? [NODE, ...rule.packages] : rule.packages;
    return importsOf(path, text)
      .filter(({ to }) => !(isFile(to) ? rule.folders : packages).some((allowed) => allowed.test(to)))
      .map(({ to }) => `${path} imports ${to}`);
  });
}

/** Uses of what only Node has, in the folders that run everywhere. */
export function nodeGlobals(tree: Tree, onNode: readonly string[]): string[] {
  return [...tree].flatMap(([path, text]) => {
    if (!(CONTRACT.test(path) || LOADER.test(path)) || onNode.includes(path)) return [];
    const used = /\b(process|Buffer|__dirname|__filename|setImmediate)\b(?=[.([])/.exec(code(text));
    return used ? [`${path} uses ${used[1]}`] : [];
  });
}

export interface CyclesOptions {
  /** Whether imports of types alone count too. @default false */
  readonly types?: boolean;
}

/** Circles of imports that are still there when the program runs, each told once: `a.ts -> b.ts -> a.ts`. */
export function cycles(tree: Tree, { types = false }: CyclesOptions = {}): string[] {
  const circles: string[] = [];
  const done = new Set<string>();
  const visit = (path: string, trail: readonly string[]): void => {
    if (trail.includes(path)) {
      circles.push([...trail.slice(trail.indexOf(path)), path].join(" -> "));
      return;
    }
    if (done.has(path)) return;
    for (const { to, erased } of importsOf(path, tree.get(path) ?? "")) {
      if ((types || !erased) && isFile(to)) visit(to, [...trail, path]);
    }
    done.add(path);
  };
  for (const path of tree.keys()) visit(path, []);
  return circles;
}

/** Files that are probably two nouns in one house. */
export function tooLong(tree: Tree): string[] {
  return [...tree].flatMap(([path, text]) => {
    const lines = text.split("\n").length - 1;
    return lines > LONGEST ? [`${path} has ${lines} lines`] : [];
  });
}

/** Without comments, as far as they stand on lines of their own. */
function code(text: string): string {
  return text.replace(/^\s*(\/\/|\/?\*).*$/gm, "");
}

function isFile(to: string): boolean {
  return to.includes("/") && /^(abi|host|demo|wasm-plugins|scripts|test|bench|\.\.)(\/|$)/.test(to);
}

/** AssemblyScript's imports carry no extension. */
function resolved(from: string, to: string): string {
  const path = new URL(to, `file:///${from}`).pathname.slice(1);
  return /\.[a-z]+$/.test(path) ? path : `${path}.ts`;
}
