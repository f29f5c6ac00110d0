/** Writes the page into a folder, which is emptied first. */
export function build(folder: string): Promise<void>;
/** Serves a folder, as any static host does. */
export function serve(folder: string, port?: number): Promise<{ url: string; close(): Promise<unknown> }>;
