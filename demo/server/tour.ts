/** The tour: edits of the handler such as people make, one after the other, in a copy of it. */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";

export interface Edit {
  readonly what: string;
  /** What comes of it. */
  readonly ends: "swapped" | "failed" | "refused" | "rolled-back";
  readonly edited: (text: string) => string;
  /** Whether the text before it is edited next: nobody keeps what was refused. */
  readonly dropped?: true;
}

export const EDITS: readonly Edit[] = [
  { what: "another greeting", ends: "swapped", edited: (text) => text.replace("Hello", "Hello again") },
  {
    what: "a mistake in types, which does not compile",
    ends: "failed",
    edited: (text) => text.replace("visits.requests++", 'visits.requests = "many"'),
    dropped: true,
  },
  {
    what: "a field of the state by another name, without a word of where its data is",
    ends: "refused",
    edited: (text) => text.replaceAll(/\bpages\b/g, "seenPages"),
    dropped: true,
  },
  {
    what: "a trap in every hundredth request",
    ends: "rolled-back",
    edited: (text) =>
      text.replace(
        "visits.requests++;",
        'visits.requests++;\n  if (visits.requests % 100 == 0) throw new Error("one in a hundred");',
      ),
    dropped: true,
  },
  {
    what: "one more field of the state, with a default",
    ends: "swapped",
    edited: (text) => text.replace("requests: u64 = 0;", "requests: u64 = 0;\n  edits: u32 = 1;"),
  },
];

export class Tour {
  readonly entry: string;
  readonly #folder = mkdtempSync(join(tmpdir(), "moult-demo-server-"));
  #text: string;

  /** @param entry the handler, whose folder is copied */
  constructor(entry: string) {
    cpSync(dirname(entry), this.#folder, { recursive: true });
    this.entry = join(this.#folder, basename(entry));
    this.#text = readFileSync(this.entry, "utf8");
  }

  make({ edited, dropped }: Edit): void {
    const text = edited(this.#text);
    if (text === this.#text)
      throw new Error("this handler is not the one that the tour knows: leave out --tour");
    writeFileSync(this.entry, text);
    if (!dropped) this.#text = text;
  }

  end(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
