/** The rules of the house about files: what may import what, no circle, none too long. Works on any tree of texts. */

/** Texts by path from the project's root, with `/`. */
export type Tree = ReadonlyMap<string, string>;

export interface Import {
  readonly from: string;
  readonly to: string;
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
const LOADER =
  /^host\/(?!(browser|capabilities|dashboard|grpc|nats|node|oci|dev|testing|vite|remote|fabric|release|keyed|cli|guest\/assemblyscript)\/)/;
const PLAIN = /^host\/guest\/assemblyscript\//;
/** The files that a store of ours writes its journal to. */
const JOURNAL_FILES = /^host\/durable\/file\//;
const CAPABILITIES = /^host\/capabilities\//;
const REMOTE = /^host\/remote\//;
const GRPC = /^host\/grpc\//;
const DASHBOARD = /^host\/dashboard\//;
const FABRIC = /^host\/fabric\//;
const NATS = /^host\/nats\//;
const RELEASE = /^host\/release\//;
const KEYED = /^host\/keyed\//;
const OCI = /^host\/oci\//;
/** Which addresses are public. */
const ADDRESSES = /^host\/capabilities\/http\/address\.ts$/;
/** The front doors that every edge may use. */
const DOORS =
  /^abi\/tools\.ts$|^(abi|abi\/wasm|abi\/transform|host|host\/capabilities|host\/dashboard|host\/grpc|host\/keyed|host\/nats|host\/node|host\/oci|host\/release|host\/remote|host\/set|host\/trust)\/mod\.ts$/;
const RULES: readonly Rule[] = [
  // `rt/common` is how AssemblyScript says where an object has its class and its size.
  { files: /^abi\/guest\//, folders: [/^abi\/guest\//], packages: [/^rt\/common$/] },
  {
    files: /^abi\/transform\//,
    folders: [/^abi\/transform\//, CONTRACT],
    packages: [NODE, ZOD, /^#sha256$/, /^(assemblyscript|binaryen)(\/|$)/],
  },
  { files: CONTRACT, folders: [CONTRACT], packages: [ZOD, /^#(sha256|text)$/] },
  // An entry of its own: only the adapter may know AssemblyScript's loader, and nothing else in the loader the adapter.
  { files: PLAIN, folders: [CONTRACT, LOADER, PLAIN], packages: [/^#text$/, /^@assemblyscript\/loader$/] },
  // An entry of its own: the loader may not know which capabilities there are.
  { files: CAPABILITIES, folders: [CONTRACT, LOADER, CAPABILITIES], packages: [ZOD, /^#http-transport$/] },
  // The same: the loader may not know of servers.
  {
    files: REMOTE,
    folders: [CONTRACT, LOADER, REMOTE, FABRIC],
    packages: [ZOD, /^#(async-context|exchange|http-server|web-socket(-server)?)$/, /^ws$/],
  },
  {
    files: FABRIC,
    folders: [CONTRACT, LOADER, FABRIC, REMOTE],
    packages: [ZOD, /^#(exchange|http-server)$/],
  },
  // One more way to serve, in Node alone, with packages of its own.
  {
    files: GRPC,
    folders: [CONTRACT, LOADER, REMOTE, GRPC],
    packages: [
      NODE,
      /^@grpc\/(grpc-js|proto-loader|reflection)$/,
      /^grpc-health-check$/,
      /^protobufjs(\/minimal\.js)?$/,
    ],
  },
  // A page and what serves it, in Node, Deno and Bun.
  {
    files: DASHBOARD,
    folders: [CONTRACT, LOADER, REMOTE, FABRIC, RELEASE, KEYED, DASHBOARD],
    packages: [NODE],
  },
  { files: RELEASE, folders: [CONTRACT, LOADER, REMOTE, FABRIC, RELEASE], packages: [ZOD] },
  { files: KEYED, folders: [CONTRACT, LOADER, REMOTE, FABRIC, RELEASE, KEYED], packages: [ZOD] },
  // An entry of its own, with packages that nobody else needs.
  {
    files: NATS,
    folders: [CONTRACT, LOADER, FABRIC, NATS],
    packages: [/^@nats-io\/(jetstream|kv|obj|transport-node)$/],
  },
  {
    files: LOADER,
    folders: [CONTRACT, LOADER],
    packages: [ZOD, /^#(async-context|crc32|ed25519|read|text|thread)$/],
  },
  // An entry of its own, which is Node's: the loader may not know of registries.
  { files: OCI, folders: [CONTRACT, LOADER, OCI, ADDRESSES], packages: [NODE, ZOD] },
  {
    files: /^host\/node\//,
    folders: [JOURNAL_FILES, /^host\/((capabilities\/|fabric\/|remote\/|set\/|trust\/)?mod\.ts$|node\/)/],
    packages: [NODE],
  },
  // The edge towards pages.
  {
    files: folder("browser"),
    folders: [CONTRACT, JOURNAL_FILES, folder("browser"), /^host\/mod\.ts$/],
    packages: [/^#sha256$/],
  },
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
  // The page: what it is made of comes with it.
  {
    files: /^demo\/browser\//,
    folders: [/^demo\/browser\//],
    packages: [/^moult(\/transform)?$/, /^zod\/mini$/, /^@(codemirror|lezer)\//, /^assemblyscript\/asc$/],
  },
  {
    files: /^demo\//,
    folders: [/^demo\//],
    packages: [NODE, /^moult(\/transform|\/node|\/dev)?$/, /^zod$/, /^undici$/],
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
      /^moult(\/(transform|grpc|keyed|nats|release|remote))?$/,
      /^zod$/,
      /^rolldown$/,
      /^(@extism\/extism|@assemblyscript\/loader|jco|jco-1\.8)$/,
      /^(undici|ws|@nats-io\/transport-node|@grpc\/(grpc-js|proto-loader)|protobufjs)$/,
    ],
  },
  { files: /^wasm-plugins\//, folders: [/^wasm-plugins\//], packages: [/^moult\/guest$/] },
  {
    files: /^scripts\//,
    folders: [/^scripts\//],
    packages: [
      NODE,
      ZOD,
      /^moult(\/(browser|transform|node|dev))?$/,
      /^(rolldown|vite|playwright-core)$/,
      /^vitest\/node$/,
    ],
  },
];

/**
 * The tower of the loader, from the ground up: a file may import from its own floor and from those below it, types included.
 * Two floors hold the interfaces that what lies above them is written against.
 */
const TOWER: readonly (readonly [floor: string, files: RegExp])[] = [
  [
    "ground",
    /^host\/(allocation|awaitable|codes|deadline|errors|events|gathered|hash|host-lost|lazy-part|limits|option|random-name|shown|timer|transition|weight)\.ts$/,
  ],
  [
    "module facts",
    /^host\/(module\/(address|info|intake|passage|placed|read|read-node|redirect|source|streamed)|trust\/.+)\.ts$/,
  ],
  ["contract", /^host\/contract\//],
  [
    "interfaces",
    /^host\/(generation\/(generation|observer|place|question(-bytes)?)|guest\/(adapter|memory-pool)|grant\/(async-context(-node)?|door-out|nesting))\.ts$/,
  ],
  ["call", /^host\/call\//],
  ["module", /^host\/module\//],
  ["grant", /^host\/grant\//],
  ["guest", /^host\/guest\//],
  ["generation", /^host\/generation\//],
  ["worker", /^host\/worker\//],
  ["journal", /^host\/journal\//],
  ["durable", /^host\/durable\//],
  ["rehearsal", /^host\/rehearsal\//],
  ["swap", /^host\/swap\//],
  ["dependency", /^host\/dependency\//],
  ["begin", /^host\/(begin|begin-stored|given-state|recovery)\.ts$/],
  ["plugin", /^host\/(plugin|contracted)\.ts$/],
  ["load", /^host\/(assemble|examine|isolation|load|load-options|preload)\.ts$/],
  ["set", /^host\/set\//],
  ["door", /^host\/mod\.ts$/],
];

/** Rooms that know generations by their interface alone, wherever those run. */
const ABSTRACT = /^host\/(call|journal|durable|rehearsal|swap)\//;
const CONCRETE =
  /^host\/(worker\/|generation\/(?!(generation|observer|place|question(-bytes)?)\.ts$)|guest\/(?!(adapter|memory-pool)\.ts$))/;

/** Imports of the loader that run up its tower, or past an interface. */
export function upward(tree: Tree): string[] {
  return [...tree].flatMap(([path, text]) => {
    const own = floorOf(path);
    if (!own) return LOADER.test(path) ? [`${path} lies on no floor`] : [];
    return importsOf(path, text).flatMap(({ to }) => {
      const other = floorOf(to);
      if (other && other.height > own.height)
        return [`${path} (${own.floor}) imports ${to} (${other.floor})`];
      return ABSTRACT.test(path) && CONCRETE.test(to) ? [`${path} imports ${to}, not its interface`] : [];
    });
  });
}

function floorOf(path: string): { readonly floor: string; readonly height: number } | undefined {
  const height = TOWER.findIndex(([, files]) => files.test(path));
  return height < 0 ? undefined : { floor: TOWER[height]![0], height };
}

/** All of an edge's own files. */
function folder(edge: string): RegExp {
  return new RegExp(`^host/${edge}/`);
}

const CLAUSE = String.raw`(?:\*(?: as [\w$]+)?|\{[^}]*\}|[\w$]+(?:, (?:\{[^}]*\}|\* as [\w$]+))?)`;
const STATIC = new RegExp(`^(?:import|export) (?:type )?(?:${CLAUSE} from )?"([^"]+)"`, "gm");
const DYNAMIC = /\bimport\("([^"]+)"\)/g;

/** Every import of a file, relative ones as paths from the root. */
export function importsOf(path: string, text: string): Import[] {
  const found = [...text.matchAll(STATIC), ...code(text).matchAll(DYNAMIC)];
  return found.map(([, to = ""]) => ({
    from: path,
    to: /^\.\.?(\/|$)/.test(to) ? resolved(path, to) : to,
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
    if (
      ![CONTRACT, LOADER, PLAIN, CAPABILITIES, REMOTE, FABRIC, RELEASE, KEYED, folder("browser")].some(
        (each) => each.test(path),
      ) ||
      onNode.includes(path)
    )
      return [];
    const used = /\b(process|Buffer|__dirname|__filename|setImmediate)\b(?=[.([])/.exec(code(text));
    return used ? [`${path} uses ${used[1]}`] : [];
  });
}

/** Circles of imports, of types too: what cannot be understood one after the other. Each is told once: `a.ts -> b.ts -> a.ts`. */
export function cycles(tree: Tree): string[] {
  const circles: string[] = [];
  const done = new Set<string>();
  const visit = (path: string, trail: readonly string[]): void => {
    if (trail.includes(path)) {
      circles.push([...trail.slice(trail.indexOf(path)), path].join(" -> "));
      return;
    }
    if (done.has(path)) return;
    for (const { to } of importsOf(path, tree.get(path) ?? "")) {
      if (isFile(to)) visit(to, [...trail, path]);
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
