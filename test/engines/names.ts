/** The columns of the tables: what an engine is called, without what runs it. */
export const ENGINES_OF_TABLES = [
  { id: "node20", name: "Node.js 20", page: false },
  { id: "node22", name: "Node.js 22", page: false },
  { id: "node24", name: "Node.js 24", page: false },
  { id: "node26", name: "Node.js 26", page: false },
  { id: "deno", name: "Deno", page: false },
  { id: "bun", name: "Bun", page: false },
  { id: "chromium", name: "Chromium", page: true },
  { id: "firefox", name: "Firefox", page: true },
  { id: "webkit", name: "WebKitGTK", page: true },
  { id: "wine", name: "Node.js 22, Windows under Wine", page: false },
] as const;
