import { defineConfig } from "vitest/config";

// The compiler takes a second or two, once for each version that is new.
export default defineConfig({ test: { testTimeout: 60_000 } });
