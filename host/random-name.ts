/**
 * A name that no other plugin, load or process has: 128 random bits. `crypto.randomUUID` is missing on pages
 * without TLS.
 */
export function randomName(): string {
  const words = crypto.getRandomValues(new Uint32Array(4));
  return Array.from(words, (word) => word.toString(16).padStart(8, "0")).join("");
}
